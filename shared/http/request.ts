import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { SecureContext } from 'node:tls'

export interface HttpRequest {
  readonly url: string | URL
  readonly method?: 'GET' | 'HEAD' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  /** What is sent, for POST. */
  readonly content?: string
  /** Host header, and TLS server name, when the server is addressed by something else. */
  readonly host?: string | undefined
  readonly trust?: SecureContext | undefined
  /** Longest time for everything: name, connection, TLS, answer and body. In ms. */
  readonly timeout: number
  /** Bytes of the body that are kept; a longer body is cut off there and the connection closed. */
  readonly maxBody?: number
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The first `maxBody` bytes as UTF-8. */
  readonly body: string
  /** From the call to the end of the answer, in ms. */
  readonly latency: number
}

export type RequestPhase = 'connect' | 'tls' | 'answer' | 'body'

/** The time was over; `phase` is what it was waiting for. */
export class RequestTimeout extends Error {
  override readonly name = 'RequestTimeout'
  readonly phase: RequestPhase
  readonly timeout: number

  constructor(phase: RequestPhase, timeout: number) {
    super(`timeout after ${timeout} ms, waiting for ${phase}`)
    this.phase = phase
    this.timeout = timeout
  }
}

export const DEFAULT_MAX_BODY = 64 * 1024

/**
 * One HTTP request on a connection of its own, with bounded time and memory. Follows no redirect and asks no proxy.
 * Rejects with RequestTimeout, with the system's error, or with the signal's reason when aborted.
 */
export function request(options: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
  const { url, method = 'GET', content, host, trust, timeout, maxBody = DEFAULT_MAX_BODY } = options
  const started = performance.now()
  const secure = new URL(url).protocol === 'https:'

  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    let phase: RequestPhase = 'connect'

    const call = (secure ? httpsRequest : httpRequest)(url, {
      method,
      // An agent of its own: no connection is taken from a pool, and the proxies of the environment are not asked.
      agent: false,
      headers: { 'Accept-Encoding': 'identity', ...options.headers, ...(host === undefined ? {} : { Host: host }) },
      ...(secure && host !== undefined ? { servername: host } : {}),
      ...(secure && trust !== undefined ? { secureContext: trust } : {}),
    })

    const finish = (settle: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      settle()
      call.destroy()
    }
    const fail = (error: Error) => finish(() => reject(error))
    const answer = (response: IncomingMessage, body: string) =>
      finish(() => resolve({ status: response.statusCode ?? 0, headers: response.headers, body, latency: performance.now() - started }))
    const abort = () => fail(signal?.reason as Error)
    const timer = setTimeout(() => fail(new RequestTimeout(phase, timeout)), timeout)
    signal?.addEventListener('abort', abort, { once: true })

    call.on('error', fail)
    call.on('socket', (socket) => {
      socket.once('connect', () => (phase = secure ? 'tls' : 'answer'))
      socket.once('secureConnect', () => (phase = 'answer'))
    })
    // 101 is an answer too, though never one that was asked for.
    call.on('upgrade', (response) => answer(response, ''))
    call.on('response', (response) => {
      phase = 'body'
      const chunks: Buffer[] = []
      let kept = 0
      const text = () => Buffer.concat(chunks).toString('utf8')
      response.on('error', fail)
      response.on('data', (chunk: Buffer) => {
        const wanted = chunk.subarray(0, maxBody - kept)
        chunks.push(wanted)
        kept += wanted.length
        if (kept >= maxBody) answer(response, text())
      })
      response.on('end', () => answer(response, text()))
    })
    call.end(content)
  })
}
