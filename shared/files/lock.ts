import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { close, constants, fstat, ftruncate, open, write } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { messageOf, systemCodeOf } from '../errors/problem.ts'

const fs = { close: promisify(close), fstat: promisify(fstat), ftruncate: promisify(ftruncate), open: promisify(open), write: promisify(write) }

/** Held until `release`, or until this process ends in whatever way. */
export interface Lock {
  readonly path: string
  release(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Another process holds the lock. */
export class LockHeld extends Error {
  override readonly name = 'LockHeld'
  readonly path: string
  /** The holder as it wrote itself into the file; null when it has not yet. */
  readonly pid: number | null

  constructor(path: string, pid: number | null) {
    super(`${path} is locked by ${pid === null ? 'another process' : `process ${pid}`}`)
    this.path = path
    this.pid = pid
  }
}

/** Exit code by which `flock` tells «held by another» from its own failures. */
const CONFLICT = 75

/**
 * Takes an exclusive lock on a file (created if need be, never removed) or throws LockHeld at once.
 *
 * The lock is flock(2) and belongs to the open file description: it ends with this process also on kill -9, and a
 * file left behind locks nothing. Node has no flock, so util-linux' `flock` takes it on our inherited descriptor.
 */
export async function acquireLock(path: string, options: { flock?: string } = {}): Promise<Lock> {
  for (;;) {
    // A bare descriptor: a FileHandle would be closed, and the lock lost, when it is garbage collected.
    const fd = await fs.open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644)
    try {
      await takeFlock(fd, path, options.flock ?? 'flock')
      if (await isStillAt(path, fd)) {
        await fs.ftruncate(fd, 0)
        await fs.write(fd, Buffer.from(`${process.pid}\n`), 0, undefined, 0)
        return lockOn(path, fd)
      }
    } catch (error) {
      await fs.close(fd)
      throw error
    }
    // Somebody removed or replaced the file meanwhile: a lock on a file without a name keeps nobody out.
    await fs.close(fd)
  }
}

async function takeFlock(fd: number, path: string, program: string): Promise<void> {
  const child = spawn(program, ['--exclusive', '--nonblock', '--conflict-exit-code', String(CONFLICT), '3'], { stdio: ['ignore', 'ignore', 'pipe', fd] })
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const [code, signal] = (await once(child, 'close').catch((error: unknown) => {
    const fix = systemCodeOf(error) === 'ENOENT' ? '; install the package util-linux' : ''
    throw new Error(`${path} cannot be locked: ${program} does not run: ${messageOf(error)}${fix}`, { cause: error })
  })) as [number | null, string | null]
  if (code === CONFLICT) throw new LockHeld(path, await holderOf(path))
  if (code !== 0) throw new Error(`${path} cannot be locked: ${program} ended with ${signal ?? code}${complaint === '' ? '' : `: ${complaint.trim()}`}`)
}

async function holderOf(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8')
  return /^\d+\n$/.test(text) ? Number(text) : null
}

async function isStillAt(path: string, fd: number): Promise<boolean> {
  const ours = await fs.fstat(fd)
  const there = await stat(path).catch(() => undefined)
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev
}

function lockOn(path: string, fd: number): Lock {
  let released: Promise<void> | undefined
  const close = async () => {
    try {
      await fs.ftruncate(fd, 0)
    } finally {
      await fs.close(fd)
    }
  }
  const release = () => (released ??= close())
  return { path, release, [Symbol.asyncDispose]: release }
}
