import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { SecureContext } from 'node:tls'
import { formatDuration } from '../../../shared/units/duration.ts'

/** The connections to one server: kept alive, ended when nothing moves on them. */
export interface Connections {
  readonly secure: boolean
  readonly agent: HttpAgent
  readonly trust: SecureContext | undefined
  /** Longest time without traffic, ms: connecting, sending and receiving. */
  readonly idle: number
}

export function connections(secure: boolean, options: { readonly idle: number; readonly proxy?: string | undefined; readonly trust?: SecureContext | undefined }): Connections {
  const { idle, proxy, trust } = options
  // Given always: else the proxies of the environment would decide.
  const proxyEnv = proxy === undefined ? {} : { HTTP_PROXY: proxy, HTTPS_PROXY: proxy }
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxFreeSockets: 64, proxyEnv })
  return { secure, agent, trust, idle }
}

/** What one request has got back so far. */
export interface Exchange {
  readonly signal: AbortSignal
  /** Status of the answer; null until there is one. */
  status: number | null
}

/** Bytes per second of the slowest line that is still taken for one that moves. */
const SLOWEST = 20_000

/** Answers that the client throws away, with their text, before it retries by itself. */
const DISCARDED = new Set([408, 429, 499, 500, 502, 503, 504, 520])

/**
 * What the minio client sends its requests through, for one exchange. The client knows no timeout, and an Agent's own
 * only emits an event: here a socket without traffic is destroyed, so that every request ends.
 */
export function transport({ secure, idle, trust }: Connections, exchange: Exchange) {
  return {
    request(options: RequestOptions, answered: (response: IncomingMessage) => void): ClientRequest {
      const call = (secure ? httpsRequest : httpRequest)({ ...options, signal: exchange.signal, ...(trust === undefined ? {} : { secureContext: trust }) }, (response) => {
        exchange.status = response.statusCode ?? null
        // Nobody reads these: their connection would stay taken.
        if (DISCARDED.has(response.statusCode ?? 0)) response.resume()
        answered(response)
      })
      const expired = () => call.destroy(new IdleTimeout(idle))
      // Through a proxy there is no socket until the tunnel stands.
      const connecting = setTimeout(expired, idle)
      call.once('close', () => clearTimeout(connecting))
      call.once('socket', (socket) => {
        clearTimeout(connecting)
        socket.setTimeout(idle)
        socket.on('timeout', expired)
        call.once('close', () => socket.off('timeout', expired))
        // All of the body is in the kernel's buffers now, which on a slow line takes its time unseen.
        call.once('finish', () => socket.setTimeout(idle + (Number(call.getHeader('content-length') ?? 0) / SLOWEST) * 1000))
        call.once('response', () => socket.setTimeout(idle))
      })
      return call
    },
  }
}

/** Nothing was sent or received for so long. */
export class IdleTimeout extends Error {
  override readonly name = 'IdleTimeout'

  constructor(idle: number) {
    super(`nothing moved on the connection for ${formatDuration(idle)}`)
  }
}
