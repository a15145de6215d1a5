import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import type { Switching } from '../switching/contract.ts'
import { CHALLENGE } from './access.ts'
import { problemOf, sendProblem } from './problems.ts'
import { callerOf, pathOf } from './request.ts'

/** Anonymous attempts of a minute that are journaled, from however many addresses they come. */
const MOST_ANONYMOUS = 60
const MINUTE_MS = 60_000

/** Answers every failed call with a problem document, and journals the refused ones that asked for a change. */
export function answerRefusals(app: FastifyInstance, switching: Switching): void {
  const mayFill = budget(MOST_ANONYMOUS, MINUTE_MS)
  app.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error, request)
    if (isAttempt(request, problem) && (request.identity !== null || mayFill())) await journal(switching, request, problem)
    if (problem.kind === errors.unauthenticated) reply.header('www-authenticate', CHALLENGE)
    const { retry_after_s: wait } = problem.facts
    if (typeof wait === 'number') reply.header('retry-after', wait)
    return sendProblem(reply, problem)
  })
}

/** Of callers that nobody knows only ten failures a minute and address count: each line is an fsync, and the disk is not theirs to fill. */
function isAttempt(request: FastifyRequest, problem: Problem): boolean {
  const changing = request.method !== 'GET' && request.method !== 'HEAD' && request.routeOptions.config.permission !== undefined
  return changing && (request.identity !== null || problem.kind === errors.unauthenticated)
}

/** Answers with a function that says true so often per window: an address is cheap, a local user has all of 127.0.0.0/8. */
function budget(most: number, windowMs: number): () => boolean {
  let spent = 0
  let until = 0
  return () => {
    const now = performance.now()
    if (now >= until) {
      until = now + windowMs
      spent = 0
    }
    spent += 1
    return spent <= most
  }
}

async function journal(switching: Switching, request: FastifyRequest, { kind: { status, code } }: Problem): Promise<void> {
  try {
    await switching.recordAttempt({ ...callerOf(request), method: request.method, path: pathOf(request), status, code })
  } catch (error) {
    // The call stays refused, which is right whatever the journal says.
    request.log.error({ err: error, path: pathOf(request), code }, 'a refused call could not be journaled')
  }
}
