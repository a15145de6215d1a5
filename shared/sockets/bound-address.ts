import { readFile, readlink } from 'node:fs/promises'
import { endianness } from 'node:os'
import { parseListeners } from './listeners.ts'

/**
 * Where an open descriptor of this process listens, as `api.listen` writes it: `127.0.0.1:9440`, `[::1]:9440`,
 * `unix:/run/…`. Null where it is no listening stream socket. Node asks the kernel only for sockets it has bound itself.
 */
export async function boundAddress(fd: number): Promise<string | null> {
  const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/self/fd/${fd}`).catch(() => ''))?.[1]
  if (inode === undefined) return null
  const [tcp, tcp6, unix] = await Promise.all(['tcp', 'tcp6', 'unix'].map((table) => readFile(`/proc/self/net/${table}`, 'utf8').catch(() => '')))
  const port = [...parseListeners(tcp ?? ''), ...parseListeners(tcp6 ?? '')].find((each) => each.inode === inode)
  if (port !== undefined) return `${hostOf(port.address)}:${port.port}`
  const path = unixListener(unix ?? '', inode)
  return path === null ? null : `unix:${path}`
}

/** `address` as /proc/net/tcp and tcp6 print it: words of 32 bits, each a number in the byte order of the machine. */
export function hostOf(address: string): string {
  const words = address.match(/.{8}/g)?.map((word) => Buffer.from(word, 'hex')) ?? []
  const bytes = Buffer.concat(endianness() === 'LE' ? words.map((word) => word.toReversed()) : words)
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  // A URL writes IPv6 addresses in their one short form.
  return new URL(`http://[${groups.join(':')}]`).hostname
}

/** Kernel's SOCK_STREAM, and its flag of a socket that accepts. */
const STREAM = '0001'
const ACCEPTS = 0x10000

function unixListener(table: string, inode: string): string | null {
  for (const line of table.split('\n').slice(1)) {
    const [, , , flags = '', type, , number, ...path] = line.trim().split(' ').filter((word, index) => word !== '' || index > 6)
    if (number === inode) return type === STREAM && (Number.parseInt(flags, 16) & ACCEPTS) !== 0 && path.length > 0 ? path.join(' ') : null
  }
  return null
}
