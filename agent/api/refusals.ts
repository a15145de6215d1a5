import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import type { Switching } from '../switching/contract.ts'
import { CHALLENGE } from './access.ts'
import { problemOf, sendProblem } from './problems.ts'
import { callerOf, pathOf } from './request.ts'

/** Answers every failed call with a problem document, and journals the refused ones that asked for a change. */
export function answerRefusals(app: FastifyInstance, switching: Switching): void {
  app.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error, request)
    await journal(switching, request, problem)
    if (problem.kind === errors.unauthenticated) reply.header('www-authenticate', CHALLENGE)
    const { retry_after_s: wait } = problem.facts
    if (typeof wait === 'number') reply.header('retry-after', wait)
    return sendProblem(reply, problem)
  })
}

async function journal(switching: Switching, request: FastifyRequest, { kind: { status, code } }: Problem): Promise<void> {
  const changing = request.method !== 'GET' && request.method !== 'HEAD' && request.routeOptions.config.permission !== undefined
  // Of callers that nobody knows only ten failures a minute are journaled: each line is an fsync, and the disk is not theirs to fill.
  if (!changing || (request.identity === null && code !== errors.unauthenticated.code)) return
  try {
    await switching.recordAttempt({ ...callerOf(request), method: request.method, path: pathOf(request), status, code })
  } catch (error) {
    // The call stays refused, which is right whatever the journal says.
    request.log.error({ err: error, path: pathOf(request), code }, 'a refused call could not be journaled')
  }
}
