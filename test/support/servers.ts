import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'

/** A real server on a free loopback port. */
export interface TestServer {
  /** `127.0.0.1:port` */
  readonly address: string
  readonly port: number
  /** Sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>
  [Symbol.asyncDispose](): Promise<void>
}

/** An HTTP server with this handler. */
export function httpServer(handler: RequestListener): Promise<TestServer> {
  return listening(createHttpServer(handler))
}

/** An HTTPS server with this handler. */
export function httpsServer(options: TlsOptions, handler: RequestListener): Promise<TestServer> {
  return listening(createHttpsServer(options, handler))
}

/** A TCP server that does with each connection what it is told; nothing: it accepts and never answers. */
export function tcpServer(connected: (socket: Socket) => void = () => {}): Promise<TestServer> {
  return listening(
    createServer((socket) => {
      // Clients under test go away without a goodbye.
      socket.on('error', () => {})
      connected(socket)
      // Who does not read does not learn that the other end is gone.
      socket.resume()
    }),
  )
}

async function listening(server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    port,
    sockets,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      if (server.listening) await once(server, 'close')
    },
  }
}
