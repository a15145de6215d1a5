import { connect } from 'node:net'
import type { Colour } from '../switching/route.ts'
import { upstreamOf } from './names.ts'
import { readAnswers } from './verify-answers.ts'

/** What Nginx would do with a request of one bucket right now. */
export interface RouteAnswer {
  /** The colour it would serve, or would serve if there were no maintenance. */
  readonly colour: Colour
  readonly maintenance: boolean
  /** Whether the worker sees the generation that was asked about; false also when it cannot traverse the path. */
  readonly generationSeen: boolean
  readonly nonce: string
}

export interface RouteQuestion {
  readonly service: string
  /** `00` to `99`, `pin-blue` or `pin-green`. */
  readonly bucket: string
  /** `gen-<n>`. */
  readonly generation: string
}

/** Longest wait for one connection’s answers; a loopback worker that needs longer is as good as dead. */
const TIMEOUT_MS = 2000

/** Asks the generated loopback server, over a connection of its own, which configuration it runs. Null: nobody answers, or not ours. */
export async function askNonce(address: string, signal?: AbortSignal): Promise<string | null> {
  const [body] = (await ask(address, ['/greenroom/nonce'], signal)) ?? []
  return body !== undefined && NONCE.test(body) ? body : null
}

/** Asks where a request of `bucket` would go. Null: nobody answers, or it does not know this service. */
export async function askRoute(
  address: string,
  service: string,
  bucket: string,
  generation: string,
  signal?: AbortSignal,
): Promise<RouteAnswer | null> {
  const [answer] = (await askRoutes(address, [{ service, bucket, generation }], signal)) ?? []
  return answer ?? null
}

/** Several questions, pipelined over one fresh connection, so all are answered by one worker. Null as `askRoute`. */
export async function askRoutes(address: string, questions: readonly RouteQuestion[], signal?: AbortSignal): Promise<RouteAnswer[] | null> {
  const paths = questions.map(({ service, bucket, generation }) => `/greenroom/route/${service}/${bucket}/${generation}`)
  const bodies = await ask(address, paths, signal)
  if (bodies === null) return null
  const answers = questions.flatMap(({ service }, index) => parseRoute(service, bodies[index] ?? '') ?? [])
  return answers.length === questions.length ? answers : null
}

const NONCE = /^[\w-]{1,64}$/
const ROUTE = /^route=(\w+) marker=(blue|green|none) generation=(yes|no) nonce=([\w-]{1,64})$/

/**
 * `route` is the upstream that the text included by the user’s server block chose. Under maintenance it hides
 * the colour, which the marker then tells.
 */
function parseRoute(service: string, body: string): RouteAnswer | undefined {
  const [, route, marker, seen, nonce] = ROUTE.exec(body.trimEnd()) ?? []
  if (nonce === undefined) return undefined
  const maintenance = route === upstreamOf(service, 'maintenance')
  const colour = maintenance ? marker : route?.slice(upstreamOf(service, 'blue').length - 'blue'.length)
  if (colour !== 'blue' && colour !== 'green') return undefined
  return { colour, maintenance, generationSeen: seen === 'yes', nonce }
}

/** The bodies of the answers with status 200, in order; null as soon as one is missing or is something else. */
function ask(address: string, paths: readonly string[], signal?: AbortSignal): Promise<string[] | null> {
  const colon = address.lastIndexOf(':')
  const last = paths.length - 1
  const request = paths.map((path, i) => `GET ${path} HTTP/1.1\r\nHost: greenroom\r\n${i === last ? 'Connection: close\r\n' : ''}\r\n`).join('')
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), noDelay: true, ...(signal && { signal }) })
    let received = ''
    const end = (bodies: string[] | null) => {
      socket.destroy()
      resolve(bodies)
    }
    socket.setEncoding('latin1')
    socket.setTimeout(TIMEOUT_MS, () => end(null))
    socket.on('data', (chunk: string) => {
      received += chunk
      const answers = readAnswers(received)
      if (answers === 'other' || received.length > 65_536) end(null)
      else if (answers.length === paths.length) end(answers)
    })
    // Refused, reset, aborted or closed early all mean the same to the one who asks: no answer.
    socket.on('error', () => end(null))
    socket.on('close', () => end(null))
    socket.write(request)
  })
}
