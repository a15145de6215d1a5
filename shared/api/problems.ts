import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Daemon } from '../daemon.ts'
import { Problem, type ProblemKind } from '../errors/problem.ts'
import { apiErrors } from '../errors/api-errors.ts'
import { BODY_LIMIT } from './body.ts'
import { pathOf } from './request.ts'
import { RequestMalformed } from './validate.ts'

const KINDS: Readonly<Record<number, ProblemKind>> = {
  408: apiErrors.requestTimeout,
  413: apiErrors.bodyTooLarge,
  415: apiErrors.mediaTypeUnsupported,
  431: apiErrors.headersTooLarge,
}

/** What a failed call is answered with. Anything that nobody foresaw is `internal`, without its text: the log has that. */
export function problemOf({ noun, errors }: Daemon, error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error
  if (error instanceof RequestMalformed) return new Problem(apiErrors.requestInvalid, error.message, { faults: error.faults }, error)
  const { statusCode, message, code } = error as Partial<FastifyError>
  if (code === 'FST_ERR_BAD_URL') {
    return new Problem(apiErrors.requestInvalid, 'The path is not valid: a "%" must be followed by two hex digits of UTF-8 text')
  }
  if (statusCode === 413) return new Problem(apiErrors.bodyTooLarge, `The body is larger than ${BODY_LIMIT} bytes`)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Problem(KINDS[statusCode] ?? apiErrors.requestInvalid, message ?? 'The request is not valid')
  }
  request.log.error({ err: error, method: request.method, path: pathOf(request) }, 'a call failed in a way that nobody foresaw')
  return new Problem(errors.internal, `The ${noun} made a mistake; its log has the cause under reqId ${request.id}`)
}

/** Sends a problem document; answers the reply so that a handler can return it. */
export function sendProblem(reply: FastifyReply, problem: Problem, facts: Readonly<Record<string, unknown>> = {}): FastifyReply {
  return sendDocument(reply, { ...facts, ...problem.toDocument() })
}

export function sendDocument(reply: FastifyReply, document: { readonly status: number; readonly [member: string]: unknown }): FastifyReply {
  return reply.code(document.status).type('application/problem+json').serializer((value: unknown) => JSON.stringify(value)).send(document)
}
