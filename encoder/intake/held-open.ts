import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import type { Logger } from '../../shared/log.ts'
import { inParallel } from '../in-parallel.ts'
import { inodeOf } from './print.ts'

export interface Writer {
  readonly pid: number
  readonly program: string
}

export interface Writers {
  /** By inode (`inodeOf`): a process that has it open for writing. */
  readonly open: ReadonlyMap<string, Writer>
  /** Processes whose files this user may not see. */
  readonly hidden: number
}

/** So many processes are looked into at a time. */
const AT_ONCE = 16

const O_ACCMODE = 0o3
const O_PATH = 0o10000000

/**
 * Which of these files a process on this host has open for writing: one pass over /proc for all of them. What is
 * written from another host (NFS, SMB), or by a process of another user where this one may not look, is not seen:
 * there only the settle time tells.
 */
export async function findWriters(inodes: ReadonlySet<string>, proc = '/proc'): Promise<Writers> {
  const open = new Map<string, Writer>()
  let hidden = 0
  if (inodes.size === 0) return { open, hidden }
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name))
  await inParallel(pids, AT_ONCE, async (pid) => {
    const written = await writtenByProcess(`${proc}/${pid}`)
    if (written === undefined) hidden += 1
    for (const inode of written ?? []) {
      if (inodes.has(inode) && !open.has(inode)) open.set(inode, { pid: Number(pid), program: await programOf(`${proc}/${pid}`) })
    }
  })
  return { open, hidden }
}

/** The inodes that a process has open for writing; undefined where this user may not look. */
async function writtenByProcess(process: string): Promise<string[] | undefined> {
  try {
    const fds = await readdir(`${process}/fd`)
    const found = await Promise.all(fds.map(async (fd) => writtenBy(process, fd)))
    return found.filter((inode) => inode !== undefined)
  } catch (error) {
    if (mayNotLook(error)) return undefined
    if (hasEnded(error)) return []
    throw error
  }
}

/** The inode that this descriptor writes to, or undefined. */
async function writtenBy(process: string, fd: string): Promise<string | undefined> {
  try {
    // The link's text costs nothing and never waits for a file server; most descriptors are sockets, pipes and devices.
    const link = await readlink(`${process}/fd/${fd}`, 'buffer')
    if (!/^\/(?!dev\/(?!shm\/))/.test(link.toString('latin1'))) return undefined
    const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(await readFile(`${process}/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0', 8)
    if ((flags & O_PATH) !== 0 || (flags & O_ACCMODE) === 0) return undefined
    return inodeOf(await stat(`${process}/fd/${fd}`, { bigint: true }))
  } catch (error) {
    if (mayNotLook(error) || hasEnded(error)) return undefined
    throw error
  }
}

async function programOf(process: string): Promise<string> {
  try {
    return (await readFile(`${process}/comm`, 'utf8')).trim()
  } catch (error) {
    if (hasEnded(error)) return 'a program that has ended'
    throw error
  }
}

function mayNotLook(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes(systemCodeOf(error) ?? '')
}

function hasEnded(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EBADF', 'ESTALE'].includes(systemCodeOf(error) ?? '')
}

/** The same, saying once that some processes cannot be looked into. */
export function tellingHidden(find: typeof findWriters, log: Pick<Logger, 'warn'>): typeof findWriters {
  let told = false
  return async (inodes) => {
    const found = await find(inodes)
    if (found.hidden > 0 && !told) {
      told = true
      log.warn(`intake: ${found.hidden} processes of other users cannot be looked into, so a file that one of them keeps open is told by the settle time alone`)
    }
    return found
  }
}
