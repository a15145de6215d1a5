import { readFile } from 'node:fs/promises'
import { systemCodeOf } from '../errors/problem.ts'

/** A TCP socket of this host that accepts connections. */
export interface Listener {
  readonly port: number
  /** As /proc/net/tcp writes it. */
  readonly address: string
  readonly inode: string
}

const LISTEN = '0A'

export async function listeners(): Promise<Listener[]> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readTable(path)))
  return tables.flatMap((text) => parseListeners(text))
}

/** TCP ports of this host that something listens on. */
export async function listeningPorts(): Promise<Set<number>> {
  return new Set((await listeners()).map(({ port }) => port))
}

export function parseListeners(table: string): Listener[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      const [address, port] = local?.split(':') ?? []
      if (state !== LISTEN || address === undefined || port === undefined || inode === undefined) return []
      return [{ address, port: Number.parseInt(port, 16), inode }]
    })
}

/** A kernel without IPv6 has no second table. */
async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return ''
    throw error
  }
}

/** The listeners that take connections to an IPv4 address and port, those on all addresses among them. */
export function listenersOn(all: readonly Listener[], hostPort: string): Listener[] {
  const at = hostPort.lastIndexOf(':')
  const port = Number(hostPort.slice(at + 1))
  const bytes = hostPort.slice(0, at).split('.').map(Number)
  // The kernel prints the address as a number in the byte order of the machine: little-endian wherever this runs.
  const hex = bytes.toReversed().map((byte) => byte.toString(16).padStart(2, '0')).join('').toUpperCase()
  return all.filter(({ address, port: taken }) => taken === port && (/^0+$/.test(address) || address === hex || address.endsWith(`FFFF0000${hex}`)))
}
