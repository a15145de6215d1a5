import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { foldQuery } from '../../../shared/api/fold-query.ts'
import { pageSize } from '../../../shared/api/page-size.ts'
import { callerOf } from '../../../shared/api/request.ts'
import { answeredAs, refusals } from '../../../shared/api/schemas/answers.ts'
import { ref } from '../../../shared/api/schemas/problem.ts'
import type { EncoderControl } from '../../jobs/contract.ts'

const Query = Type.Object(
  {
    name: Type.Optional(Type.String({ description: 'only files whose path contains this', maxLength: 1024 })),
    limit: Type.Optional(Type.String({ description: 'a whole number from 1 to 500; default 50', pattern: '^[0-9]{1,3}$' })),
  },
  { additionalProperties: false },
)
const PauseBody = Type.Object(
  { reason: Type.Optional(Type.String({ description: 'text without control characters, at most 500 long; shown with every waiting file', maxLength: 500, pattern: '^[^\\p{Cc}\\p{Cs}]*$' })) },
  { additionalProperties: false },
)

/** The ingest folder: what waits there and why, and whether anything is taken. */
export function intakeRoutes(control: EncoderControl): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/v1/waiting', {
      config: { permission: 'view' },
      schema: {
        operationId: 'waiting', tags: ['view'], summary: 'Files in the ingest folder that are not claimed yet, and why each waits', querystring: Query,
        response: { 200: answeredAs('The files, and how many there are in all.', Type.Object({ total: Type.Integer(), waiting: Type.Array(ref('WaitingFile')) })), ...refusals },
      },
    }, async (request) => {
      const { name, limit } = request.query
      const files = control.waiting().filter((file) => name === undefined || file.name.includes(name))
      return { total: files.length, waiting: files.slice(0, pageSize(limit)) }
    })

    const response = { 200: answeredAs('Intake as it is now.', ref('Intake')), ...refusals }
    app.get('/v1/intake', {
      config: { permission: 'view' },
      schema: { operationId: 'intake', tags: ['view'], summary: 'Whether sources are taken, and what is wrong with the ingest folder', response },
    }, async () => control.intake())

    app.post('/v1/intake/pause', {
      config: { permission: 'intake' },
      preValidation: foldQuery,
      schema: { operationId: 'pauseIntake', tags: ['changes'], summary: 'Takes no more sources until it is resumed, also over a restart; jobs go on', body: PauseBody, response },
    }, async (request) => {
      const { reason = '' } = request.body
      const { actor } = callerOf(request)
      control.pauseIntake(reason.trim() === '' ? `by ${actor}` : `by ${actor}: ${reason.trim()}`)
      return control.intake()
    })

    app.post('/v1/intake/resume', {
      config: { permission: 'intake' },
      schema: { operationId: 'resumeIntake', tags: ['changes'], summary: 'Takes sources again', response },
    }, async () => {
      control.resumeIntake()
      return control.intake()
    })
  }
}
