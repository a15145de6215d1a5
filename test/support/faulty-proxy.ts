import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Transform } from 'node:stream'

/** What the proxy does with connections from now on. */
export type Fault =
  /** All is as without it. */
  | { readonly kind: 'none' }
  /** Connections are cut, and new ones at once. */
  | { readonly kind: 'cut' }
  /** Connections are accepted and kept; nothing is sent on and nothing answered. */
  | { readonly kind: 'hang' }
  /** A connection is reset once this many bytes have come from the client. */
  | { readonly kind: 'reset'; readonly after: () => number }
  /** So many bytes per second from the client, each connection. */
  | { readonly kind: 'slow'; readonly rate: number }
  /** Every request is answered 503, without the server. */
  | { readonly kind: 'unavailable' }
  /** These requests never reach the server: their connection is cut. All others do. */
  | { readonly kind: 'refuse'; readonly requests: RegExp }
  /** The server gets the request and answers; of the answers to these requests the client gets nothing, and its connection is cut. */
  | { readonly kind: 'lose'; readonly requests: RegExp; readonly times: number }

export interface FaultyProxy {
  readonly port: number
  readonly endpoint: string
  /** Connections that were made to it so far. */
  readonly connections: number
  /** Times at which the fault was felt: a cut, a reset, a 503, a lost answer. */
  readonly felt: number
  set(fault: Fault): void
  [Symbol.asyncDispose](): Promise<void>
}

/** A TCP proxy before a server on loopback, with faults that the test sets. */
export async function faultyProxy(target: number): Promise<FaultyProxy> {
  let fault: Fault = { kind: 'none' }
  let lose = 0
  let connections = 0
  let felt = 0
  const open = new Set<Socket>()
  const track = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => {}).once('close', () => open.delete(socket))
    return socket
  }

  const server = createServer((client) => {
    connections += 1
    track(client)
    const mine = fault
    if (mine.kind === 'cut') {
      felt += 1
      client.destroy()
      return
    }
    if (mine.kind === 'hang') {
      client.resume()
      return
    }
    if (mine.kind === 'unavailable') {
      answerUnavailable(client, () => (felt += 1))
      return
    }
    const upstream = track(connect(target, '127.0.0.1'))
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
    let sent = 0
    let doomed = false
    const limit = mine.kind === 'reset' ? mine.after() : Infinity
    client.on('data', (chunk: Buffer) => {
      if (fault.kind === 'refuse' && fault.requests.test(chunk.subarray(0, 512).toString('latin1'))) {
        felt += 1
        upstream.destroy()
        client.destroy()
        return
      }
      if (fault.kind === 'lose' && lose > 0 && fault.requests.test(chunk.subarray(0, 512).toString('latin1'))) {
        lose -= 1
        doomed = true
      }
      sent += chunk.length
      if (sent < limit) return
      felt += 1
      client.resetAndDestroy()
    })
    upstream.on('data', (chunk: Buffer) => {
      if (doomed) {
        felt += 1
        client.destroy()
      } else client.write(chunk)
    })
    if (mine.kind === 'slow') client.pipe(slowed(mine.rate)).pipe(upstream)
    else client.pipe(upstream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    get connections() {
      return connections
    },
    get felt() {
      return felt
    },
    set(next) {
      fault = next
      lose = next.kind === 'lose' ? next.times : 0
      // Connections that are open were made under the fault before; these look at each request by itself.
      if (next.kind === 'lose' || next.kind === 'refuse') return
      for (const socket of open) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}

function slowed(rate: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      setTimeout(() => done(null, chunk), (chunk.length / rate) * 1000)
    },
  })
}

function answerUnavailable(client: Socket, answered: () => void): void {
  let head = ''
  let left = -1
  client.on('data', (chunk: Buffer) => {
    if (left < 0) {
      head += chunk.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) return
      left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0) - (head.length - end - 4)
    } else left -= chunk.length
    if (left > 0) return
    answered()
    client.write('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n')
    head = ''
    left = -1
  })
}
