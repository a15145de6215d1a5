import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Daemon } from '../daemon.ts'
import { apiErrors } from '../errors/api-errors.ts'
import type { Problem } from '../errors/problem.ts'
import { CHALLENGE } from './access.ts'
import { problemOf, sendProblem } from './problems.ts'
import { callerOf, isChange, pathOf, type Caller } from './request.ts'

/** Anonymous attempts of a minute that are journaled, from however many addresses they come. */
const MOST_ANONYMOUS = 60
const MINUTE_MS = 60_000

/** A call that asked for a change and was refused. */
export interface RefusedCall extends Caller {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly code: string
}

/** Answers every failed call with a problem document, and has the refused ones journaled that asked for a change. */
export function answerRefusals(app: FastifyInstance, daemon: Daemon, journal: (call: RefusedCall) => Promise<void>, translate: (error: unknown) => unknown): void {
  const mayFill = budget(MOST_ANONYMOUS, MINUTE_MS)
  const note = async (request: FastifyRequest, { kind: { status, code } }: Problem) => {
    try {
      await journal({ ...callerOf(request), method: request.method, path: pathOf(request), status, code })
    } catch (error) {
      // The call stays refused, which is right whatever the journal says.
      request.log.error({ err: error, path: pathOf(request), code }, 'a refused call could not be journaled')
    }
  }
  app.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(daemon, translate(error), request)
    if (isAttempt(request, problem) && (request.identity !== null || mayFill())) await note(request, problem)
    if (problem.kind === apiErrors.unauthenticated) reply.header('www-authenticate', CHALLENGE)
    const { retry_after_s: wait } = problem.facts
    if (typeof wait === 'number') reply.header('retry-after', wait)
    return sendProblem(reply, problem)
  })
}

/** Of callers that nobody knows only ten failures a minute and address count: each line is an fsync, and the disk is not theirs to fill. */
function isAttempt(request: FastifyRequest, problem: Problem): boolean {
  const changing = isChange(request) && request.routeOptions.config.permission !== undefined
  return changing && (request.identity !== null || problem.kind === apiErrors.unauthenticated)
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
