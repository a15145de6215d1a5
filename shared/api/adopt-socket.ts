import { lstat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { apiErrors } from '../errors/api-errors.ts'
import { messageOf, Problem } from '../errors/problem.ts'
import type { Logger } from '../log.ts'
import type { PassedSocket } from '../systemd/passed-sockets.ts'

/** Whether an address of `api.listen` is the one where systemd listens. */
export function sameAddress(asked: string, bound: string): boolean {
  return canonical(asked) === canonical(bound)
}

function canonical(address: string): string {
  if (address.startsWith('unix:')) return address
  // A URL knows the one short form of an IPv6 address.
  const { hostname } = new URL(`http://${address}`)
  return `${hostname === 'localhost' ? '127.0.0.1' : hostname}${address.slice(address.lastIndexOf(':'))}`
}

/** Takes calls from a socket that systemd holds: it stays open, and its file where it is, when the server closes. */
export async function adoptSocket(server: Server, { fd, address, name }: PassedSocket): Promise<void> {
  // systemd opens sockets to everybody unless told otherwise, and whoever connects to this one is admin.
  const path = address.startsWith('unix:') ? address.slice('unix:'.length) : null
  const mode = path === null ? 0 : (await lstat(path)).mode
  if ((mode & 0o002) !== 0) throw new Problem(apiErrors.configInvalid, `${address} is open to every user of this host, as ${name} makes it: it must say SocketMode=0660 (systemctl edit ${name})`, { address, name })
  try {
    const listening = once(server, 'listening')
    server.listen({ fd })
    await listening
  } catch (error) {
    throw new Problem(apiErrors.configInvalid, `api.listen: ${address}, passed by systemd as descriptor ${fd}, cannot be listened on: ${messageOf(error)}`, { address }, error)
  }
}

/** A socket of systemd's that the configuration does not name: nobody is served there, and nobody waits there in vain. */
export async function refuseOn(passed: PassedSocket, log: Pick<Logger, 'warn'>): Promise<Server> {
  const { fd, address, name } = passed
  log.warn({ address, name }, `systemd also listens on ${address} for this daemon (${name}), which api.listen does not name: calls there are hung up on. Name it, or take it out: systemctl edit ${name}`)
  const server = createServer((socket) => socket.destroy())
  const listening = once(server, 'listening')
  server.listen({ fd })
  await listening
  return server
}
