import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Colour } from '../../agent/switching/route.ts'
import { lines } from './lines.ts'

const STREAM_INTERVAL_MS = 50
const LINES_PER_CHUNK = 4

export interface AppOptions {
  readonly colour: Colour
  readonly version: string
  /** Default: a free one. */
  readonly port?: number
}

/** One colour of the sample app: what a team would deploy behind Nginx. */
export interface App {
  readonly colour: Colour
  readonly port: number
  /** `127.0.0.1:<port>`, as it stands in a pool. */
  readonly server: string
  setHealthy(healthy: boolean): Promise<void>
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Serves `GET /` (colour and version, also in the headers `X-Colour` and `X-Version`), `GET /healthz` (200 or 503),
 * `PUT /healthz?healthy=yes|no`, `GET /bytes/<n>` (n bytes), and `GET /stream`, which goes on until the client leaves.
 */
export async function startApp({ colour, version, port = 0 }: AppOptions): Promise<App> {
  let healthy = true
  const stopping = new AbortController()

  async function stream(response: ServerResponse): Promise<void> {
    // Nginx passes each chunk on at once, as for any live response.
    response.writeHead(200, { 'content-type': 'text/plain', 'x-accel-buffering': 'no' })
    for (let number = 0; !response.destroyed; number += LINES_PER_CHUNK) {
      response.write(lines(number, LINES_PER_CHUNK))
      await delay(STREAM_INTERVAL_MS, undefined, { signal: stopping.signal })
    }
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    request.resume()
    response.setHeader('x-colour', colour)
    response.setHeader('x-version', version)
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://app')
    const bytes = /^\/bytes\/(\d{1,8})$/.exec(pathname)
    if (pathname === '/') answer(response, 200, `${colour} ${version}\n`)
    else if (pathname === '/stream') stream(response).catch(() => response.destroy()) // the app is stopping
    else if (bytes !== null) answer(response, 200, Buffer.alloc(Number(bytes[1]), 'x'))
    else if (pathname !== '/healthz') answer(response, 404, 'no such page\n')
    else {
      if (request.method === 'PUT') healthy = searchParams.get('healthy') !== 'no'
      answer(response, healthy || request.method === 'PUT' ? 200 : 503, healthy ? 'healthy\n' : 'unhealthy\n')
    }
  }

  // Nginx keeps idle connections; the app must not be the one that closes them between two requests.
  const server = createServer({ keepAliveTimeout: 120_000 }, handle).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo

  async function stop(): Promise<void> {
    if (!server.listening) return
    stopping.abort()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  return {
    colour,
    port: address.port,
    server: `127.0.0.1:${address.port}`,
    setHealthy: async (value) => {
      healthy = value
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function answer(response: ServerResponse, status: number, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) }).end(body)
}
