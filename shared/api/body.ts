import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../errors/problem.ts'
import { apiErrors } from '../errors/api-errors.ts'

export const BODY_LIMIT = 64 * 1024

/** Bodies are kept as they came, since a signature covers the bytes; `decodeBody` reads them once the caller is known. */
export function keepBodiesRaw(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (request, body, done) => {
    request.rawBody = body as Buffer
    done(null, undefined)
  })
}

/** The JSON value of the body; undefined when there is none. Throws Problem `mediaTypeUnsupported` or `requestInvalid`. */
export function decodeBody(request: FastifyRequest): unknown {
  if (request.rawBody.length === 0) return undefined
  const type = request.headers['content-type'] ?? 'nothing'
  if (!/^application\/json[\t ]*(;[\t ]*charset="?utf-8"?[\t ]*)?$/i.test(type)) {
    throw new Problem(
      apiErrors.mediaTypeUnsupported,
      `The body must be JSON, but its Content-Type says ${JSON.stringify(type.slice(0, 80))}; send "Content-Type: application/json" (curl: -H or --json)`,
    )
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.rawBody))
  } catch (error) {
    const what = error instanceof SyntaxError ? `The body is not JSON: ${error.message}` : 'The body is not UTF-8'
    throw new Problem(apiErrors.requestInvalid, what, {}, error)
  }
}
