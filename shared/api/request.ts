import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Identity } from '../auth/role.ts'
import { Problem } from '../errors/problem.ts'
import { apiErrors } from '../errors/api-errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the credential is verified. */
    identity: Identity | null
    /** The body as it came, which a signature covers. */
    rawBody: Buffer
  }
  interface FastifyContextConfig {
    /** What the caller must be allowed to do; none: the call is open. */
    permission?: string
  }
}

/** Who asks: `token:ci`, `certificate:deploy.example`, `socket`; and from where: an address, or `unix`. */
export interface Caller {
  readonly actor: string
  readonly source: string
}

export function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest('identity', null)
  app.decorateRequest('rawBody')
  app.addHook('onRequest', async (request) => {
    request.rawBody = Buffer.alloc(0)
    const { httpVersion } = request.raw
    if (countOf(request.raw, 'host') !== 1 && httpVersion !== '1.0') {
      throw new Problem(apiErrors.requestInvalid, 'A request has exactly one Host header')
    }
  })
}

/** How often a header came: where Node keeps only the first or joins them, what came before us may have done otherwise. */
export function countOf(request: IncomingMessage, header: string): number {
  return request.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === header).length
}

// Marked when the connection is accepted. That a socket has no remote address would not do: neither has one that just broke.
const unixSockets = new WeakSet<Socket>()

/** Marks a connection as one over our unix socket, whose file mode has authorised it. */
export function trustAsUnixSocket(socket: Socket): void {
  unixSockets.add(socket)
}

export function cameOverUnixSocket(request: IncomingMessage): boolean {
  return unixSockets.has(request.socket)
}

/** Where a request came from, for journal and log: an address, or `unix`. */
export function sourceOf(request: FastifyRequest): string {
  return cameOverUnixSocket(request.raw) ? 'unix' : (request.ip ?? 'unknown')
}

export function callerOf(request: FastifyRequest): Caller {
  return { actor: request.identity?.actor ?? 'anonymous', source: sourceOf(request) }
}

/** The path without its query, at a length that a log or journal line can bear. */
export function pathOf(request: FastifyRequest): string {
  const path = request.url.split('?', 1)[0] ?? ''
  return path.length > 256 ? `${path.slice(0, 256)}…` : path
}

/** Whether a call asks for a change: the others only look. */
export function isChange({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD'
}
