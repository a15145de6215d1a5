import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Switching } from '../../switching/contract.ts'
import { answerWith } from '../answer.ts'
import { foldQuery } from '../../../shared/api/fold-query.ts'
import { changeRequestOf } from '../change-request.ts'
import { callerOf } from '../../../shared/api/request.ts'
import { MaintenanceBody, PoolBody, RollbackBody, SwitchBody } from '../schemas/changes.ts'
import { changeHeaders, changeResponses, ServiceParams, ServicePoolParams } from '../schemas/calls.ts'

/** The calls that change what Nginx serves. */
export function changeRoutes(switching: Switching): FastifyPluginAsyncTypebox {
  const shared = { tags: ['changes'], headers: changeHeaders, response: changeResponses }

  return async (app) => {
    app.post('/v1/services/:service/switch', {
      config: { permission: 'switch' },
      preValidation: foldQuery,
      schema: {
        ...shared,
        operationId: 'switch',
        summary: 'Moves the service to a colour; answers when Nginx has proven it',
        description: 'Each member of the body may stand in the query instead: `POST …/switch?to=green`.',
        params: ServiceParams,
        body: SwitchBody,
      },
    }, async (request, reply) => {
      const { params, body } = request
      return answerWith(switching.switchTo(params.service, body.to, changeRequestOf(request, body), callerOf(request)), request, reply)
    })

    app.post('/v1/services/:service/rollback', {
      config: { permission: 'rollback' },
      preValidation: foldQuery,
      schema: {
        ...shared,
        operationId: 'rollback',
        summary: 'Moves the service back to the previous colour',
        description: 'Health is a warning here, and no reload budget is waited for. Each member of the body may stand in the query instead.',
        params: ServiceParams,
        body: RollbackBody,
      },
    }, async (request, reply) => {
      const { params, body } = request
      return answerWith(switching.rollBack(params.service, changeRequestOf(request, body), callerOf(request)), request, reply)
    })

    app.post('/v1/services/:service/maintenance', {
      config: { permission: 'maintenance' },
      preValidation: foldQuery,
      schema: {
        ...shared,
        operationId: 'maintenance',
        summary: 'Turns the maintenance page on or off',
        description: 'Each member of the body may stand in the query instead: `POST …/maintenance?on=true`.',
        params: ServiceParams,
        body: MaintenanceBody,
      },
    }, async (request, reply) => {
      const { params, body } = request
      const mode = !body.on ? 'off' : body.pinned_through === true ? 'pinned_through' : 'on'
      return answerWith(switching.setMaintenance(params.service, mode, changeRequestOf(request, body), callerOf(request)), request, reply)
    })

    app.put('/v1/services/:service/pools/:colour', {
      config: { permission: 'pools' },
      preValidation: foldQuery,
      schema: {
        ...shared,
        operationId: 'pool',
        summary: 'Replaces the servers of a pool',
        description: 'Reloads Nginx. The pool of the live colour needs `force`.',
        params: ServicePoolParams,
        body: PoolBody,
      },
    }, async (request, reply) => {
      const { params: { service, colour }, body } = request
      return answerWith(switching.setPool(service, colour, body.servers, changeRequestOf(request, body), callerOf(request)), request, reply)
    })
  }
}

