import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server as NetServer, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { messageOf, Problem, systemCodeOf } from '../errors/problem.ts'
import type { Logger } from '../log.ts'
import { apiErrors } from '../errors/api-errors.ts'
import type { PassedSocket } from '../systemd/passed-sockets.ts'
import { adoptSocket, refuseOn, sameAddress } from './adopt-socket.ts'
import { answerClientError } from './client-error.ts'
import { trustAsUnixSocket } from './request.ts'
import { listenOnSocket } from './unix-socket.ts'

/** Sizes in bytes and times in ms that a connection must keep to. */
export const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 30_000,
  // Node would answer without a problem document; request.ts refuses what has not exactly one Host.
  requireHostHeader: false,
} satisfies ServerOptions
const MOST_CONNECTIONS = 1024
/** Longest TLS handshake in ms; Node would let a silent connection take a place for two minutes. */
const LONGEST_HANDSHAKE = 10_000
/** How long a stop waits for the first byte of a call that was on its way. */
const FIRST_BYTE_MS = 500

/** The `[api]` table, as far as it says where to listen. */
export interface ListenConfig {
  readonly listen: readonly string[]
  readonly socket_group: string
  readonly tls?: { readonly cert: string; readonly key: string; readonly client_ca?: string }
}

export interface Listening {
  /** As they can be connected to: `127.0.0.1:9440`, `unix:/run/…`; with the real port where 0 was asked for. */
  readonly addresses: readonly string[]
  /** Takes no new connections, ends the event streams, waits for running answers, at most so long. */
  close(graceMs?: number): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface ListenOptions {
  /** Sockets that systemd holds: an address of the configuration that is one of them is taken over, not opened. */
  readonly passed?: readonly PassedSocket[]
  readonly limits?: ServerOptions
}

/** Opens all addresses of `config.listen`, or none. Throws Problem `configInvalid` or `addressUnavailable` that names the address and what is in its way. */
export async function listen(app: FastifyInstance, config: ListenConfig, log: Logger, { passed = [], limits = LIMITS }: ListenOptions = {}): Promise<Listening> {
  const answering = new Set<ServerResponse>()
  const handler: RequestListener = (request, response) => {
    answering.add(response)
    response.once('close', () => answering.delete(response))
    app.routing(request, response)
  }
  const tls = config.tls === undefined ? null : await tlsOptions(config.tls)
  const connections = new Set<Socket>()
  const servers: Server[] = []
  const refusing: NetServer[] = []
  const addresses: string[] = []
  const removals: (() => Promise<void>)[] = []

  const close = async (graceMs = 10_000) => {
    const closed = [...servers, ...refusing].map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    // A caller that keeps connections open would else be waited for long after it has its answer.
    for (const response of answering) if (!response.headersSent) response.setHeader('connection', 'close')
    for (const remove of removals.splice(0)) await remove()
    const closingApp = app.close()
    const cut = setTimeout(() => {
      for (const server of servers) server.closeAllConnections()
    }, graceMs)
    // Opened before there is something to ask, as browsers and pools of connections do: Node counts them among the busy ones.
    const unused = setTimeout(() => {
      for (const socket of connections) if (socket.bytesRead === 0) socket.destroy()
    }, FIRST_BYTE_MS)
    await Promise.all(closed)
    clearTimeout(cut)
    clearTimeout(unused)
    await closingApp
  }

  try {
    for (const address of config.listen) {
      const path = address.startsWith('unix:') ? address.slice('unix:'.length) : null
      const server = path !== null || tls === null ? createServer(limits, handler) : createTlsServer({ ...limits, ...tls }, handler)
      server.maxConnections = MOST_CONNECTIONS
      server.on('connection', (socket: Socket) => {
        connections.add(socket)
        socket.once('close', () => connections.delete(socket))
      })
      server.on('clientError', answerClientError)
      // Of expectations only 100-continue means something; Node would answer others without a problem document.
      server.on('checkExpectation', handler)
      if (path !== null) server.on('connection', (socket: Socket) => trustAsUnixSocket(socket))
      servers.push(server)
      const held = passed.find((each) => sameAddress(address, each.address))
      if (held !== undefined) await adoptSocket(server, held)
      else if (path !== null) removals.push(await listenOnSocket(server, path, config.socket_group, log))
      else await listenOnPort(server, address, passed)
      addresses.push(path === null ? boundAddress(server, address) : address)
    }
    const unnamed = passed.filter((each) => !config.listen.some((address) => sameAddress(address, each.address)))
    for (const each of unnamed) refusing.push(await refuseOn(each, log))
  } catch (error) {
    await close(0)
    throw error
  }
  log.info({ addresses, tls: tls !== null }, 'the API listens')
  return { addresses, close, [Symbol.asyncDispose]: () => close() }
}

async function tlsOptions(tls: NonNullable<ListenConfig['tls']>) {
  const clientCa = tls.client_ca === undefined ? null : await read('client_ca', tls.client_ca)
  return {
    cert: await read('cert', tls.cert),
    key: await read('key', tls.key),
    minVersion: 'TLSv1.3' as const,
    handshakeTimeout: LONGEST_HANDSHAKE,
    // A caller without a certificate may still have a token, so the handshake refuses nobody; authenticate.ts does.
    ...(clientCa === null ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
  }
}

async function read(setting: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new Problem(apiErrors.configInvalid, `api.tls.${setting}: ${file} cannot be read: ${messageOf(error)}`, { file }, error)
  }
}

async function listenOnPort(server: Server, address: string, passed: readonly PassedSocket[]): Promise<void> {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replaceAll(/^\[|\]$/g, '')
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(Number(address.slice(colon + 1)), host, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    // 0.0.0.0:9440 beside systemd's 127.0.0.1:9440.
    const held = passed.find((each) => each.address.endsWith(address.slice(colon)))
    const why = {
      EADDRINUSE: held !== undefined ? `systemd listens on ${held.address} for this daemon (${held.name}). Name the same address in both (systemctl edit ${held.name}: ListenStream= to empty it, then its addresses)` : `something else listens there (ss -ltnp 'sport = :${address.slice(colon + 1)}' shows it)`,
      EADDRNOTAVAIL: 'this host has no such address',
      EACCES: 'ports under 1024 need CAP_NET_BIND_SERVICE',
    }[systemCodeOf(error) ?? '']
    const mayPass = ['EADDRINUSE', 'EADDRNOTAVAIL'].includes(systemCodeOf(error) ?? '') && held === undefined
    throw new Problem(mayPass ? apiErrors.addressUnavailable : apiErrors.configInvalid, `api.listen: ${address} cannot be listened on: ${why ?? messageOf(error)}`, { address }, error)
  }
}

function boundAddress(server: Server, asked: string): string {
  const bound = server.address()
  return bound !== null && typeof bound === 'object' ? `${asked.slice(0, asked.lastIndexOf(':'))}:${bound.port}` : asked
}
