import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/** A process that holds a socket. */
export interface SocketOwner {
  readonly pid: number
  /** Its command line. */
  readonly title: string
}

/** The processes that hold a socket, by its inode; none where this user may not look into them. */
export async function ownersOf(inode: string): Promise<SocketOwner[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map(async (pid) => ((await holds(pid, inode)) ? [{ pid: Number(pid), title: await titleOf(pid) }] : [])))
  return found.flat()
}

async function holds(pid: string, inode: string): Promise<boolean> {
  const directory = join('/proc', pid, 'fd')
  // A process may end, or belong to somebody else, while it is looked at.
  const descriptors = await readdir(directory).catch(() => [])
  const links = await Promise.all(descriptors.map((name) => readlink(join(directory, name)).catch(() => '')))
  return links.includes(`socket:[${inode}]`)
}

async function titleOf(pid: string): Promise<string> {
  const text = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')
  // Arguments may hold line ends.
  return text.replaceAll(/[\0\s]+/g, ' ').trim()
}
