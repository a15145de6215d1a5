import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { ProblemDocument } from '../errors/problem.ts'
import { ApiProblem } from './api-problem.ts'
import { parseEvents, type ServerEvent } from './server-events.ts'
import type { Target } from './target.ts'
import { connectionLost, notOurs, unreachable } from './unreachable.ts'

export interface Answer<T> {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The body exactly as it came. */
  readonly text: string
  readonly body: T
}

export interface CallOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly signal?: AbortSignal
  /** Longest silence in ms before the call is given up; 0: none, for changes whose gates may take long. */
  readonly patience?: number
}

/** The daemon’s API as the commands use it; over its unix socket, TCP or TLS alike. */
export interface Client {
  readonly target: Target
  /**
   * Answers with any status below 400, and the statuses of `accept`.
   * @throws ApiProblem for an answer that is a problem
   * @throws Problem `unreachable` when nobody answers, or something else
   */
  call<T>(method: 'GET' | 'POST' | 'PUT', path: string, options?: CallOptions & { accept?: readonly number[] }): Promise<Answer<T>>
  /** The events of the daemon from now on; ends when it closes the stream or `signal` aborts. */
  events(signal: AbortSignal): Promise<AsyncIterable<ServerEvent>>
}

const READ_PATIENCE = 10_000
const CONNECT_PATIENCE = 5000
/** No answer of the API is near this; what is, comes from something else. */
const LONGEST_BODY = 64 * 1024 * 1024

/** Why no connection was made; what to do about it takes a look at the host. */
class NotConnected extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause })
  }
}

async function send(target: Target, method: string, path: string, options: CallOptions): Promise<IncomingMessage> {
  try {
    return await request(target, method, path, options)
  } catch (error) {
    throw error instanceof NotConnected ? await unreachable(target, error.cause) : error
  }
}

function request(target: Target, method: string, path: string, options: CallOptions): Promise<IncomingMessage> {
  const { socketPath, url, token, ca, cert, key } = target
  const body = options.body === undefined ? undefined : JSON.stringify(options.body)
  const headers: Record<string, string | number> = {
    accept: 'application/json, application/problem+json',
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...options.headers,
  }
  const requestOptions: RequestOptions & { ca?: string; cert?: string; key?: string } = {
    method,
    path,
    headers,
    agent: false,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(socketPath === undefined
      ? { hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port }
      : { socketPath }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' && socketPath === undefined ? httpsRequest : httpRequest)(requestOptions)
    let connected = false
    const connecting = setTimeout(() => sent.destroy(new Error(`no connection within ${CONNECT_PATIENCE / 1000} s`)), CONNECT_PATIENCE)
    const patience = options.patience ?? READ_PATIENCE
    sent.on('socket', (socket) => {
      socket.setKeepAlive(true, 10_000)
      socket.once(url.protocol === 'https:' && socketPath === undefined ? 'secureConnect' : 'connect', () => {
        connected = true
        clearTimeout(connecting)
      })
    })
    if (patience > 0) sent.setTimeout(patience, () => sent.destroy(new Error(`no answer within ${patience / 1000} s`)))
    sent.once('response', resolve)
    sent.once('error', (error) => {
      clearTimeout(connecting)
      if (options.signal?.aborted === true) reject(error)
      else reject(connected ? connectionLost(target, method, path, error) : new NotConnected(error))
    })
    sent.end(body)
  })
}

async function readText(target: Target, method: string, path: string, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > LONGEST_BODY) throw notOurs(target, `more than ${LONGEST_BODY} bytes`)
    }
  } catch (error) {
    throw size > LONGEST_BODY ? error : connectionLost(target, method, path, error)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseBody(target: Target, response: IncomingMessage, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is not JSON is not from us: a proxy’s error page, another service on that port.
    throw notOurs(target, `${response.statusCode} ${response.headers['content-type'] ?? 'without a content type'}`)
  }
}

function isProblem(body: unknown): body is ProblemDocument {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' && 'detail' in body
}

function withQuery(path: string, query: CallOptions['query'] = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`
}

export function createClient(target: Target): Client {
  return {
    target,
    async call<T>(method: string, path: string, options: CallOptions & { accept?: readonly number[] } = {}): Promise<Answer<T>> {
      const response = await send(target, method, withQuery(path, options.query), options)
      const status = response.statusCode ?? 0
      const text = await readText(target, method, path, response)
      const body = parseBody(target, response, text)
      if (status < 400 || options.accept?.includes(status) === true) return { status, headers: response.headers, text, body: body as T }
      if (!isProblem(body)) throw notOurs(target, `${status}, and not a problem document`)
      throw new ApiProblem(body, text, response.headers)
    },
    async events(signal) {
      const response = await send(target, 'GET', '/v1/events', { signal, patience: 0, headers: { accept: 'text/event-stream' } })
      if (response.statusCode !== 200) {
        response.destroy()
        throw notOurs(target, `${response.statusCode} for /v1/events`)
      }
      return parseEvents(response)
    },
  }
}
