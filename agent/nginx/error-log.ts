import { open, stat, type FileHandle } from 'node:fs/promises'
import { messageOf, systemCodeOf } from '../../shared/errors/problem.ts'
import { parseErrorLine, type ErrorLine } from './error-line.ts'

/** A position in a log that outlives this process. */
export interface LogMark {
  readonly inode: number
  readonly size: number
}

/** The lines written to an error log after a mark, across rotation and truncation. */
export interface LogFollower {
  /** Why the log cannot be followed; null when it can. */
  readonly unreadable: string | null
  readonly mark: LogMark | null
  /** Whole lines that came since the last call. */
  read(): Promise<ErrorLine[]>
  close(): Promise<void>
}

interface Source {
  readonly handle: FileHandle
  readonly inode: number
  position: number
  rest: Buffer
}

/**
 * Follows the error log from `mark`, or from its present end. The file open now is read on after a rotation,
 * because Nginx writes to it until it is told to reopen. A log that is no file yet is read from its beginning
 * once it appears; one that is no file at all (a terminal, syslog) or not readable is `unreadable`.
 */
export async function followErrorLog(path: string, mark?: LogMark): Promise<LogFollower> {
  const sources: Source[] = []
  let unreadable: string | null = null

  async function openSource(position: (size: number, inode: number) => number): Promise<void> {
    let handle: FileHandle | undefined
    try {
      // O_NONBLOCK via a stat first: opening a named pipe would wait for its writer.
      const kind = await stat(path)
      if (!kind.isFile()) {
        unreadable = `${path} is not a regular file`
        return
      }
      handle = await open(path)
      const { ino, size } = await handle.stat()
      sources.push({ handle, inode: ino, position: position(size, ino), rest: Buffer.alloc(0) })
      unreadable = null
    } catch (error) {
      await handle?.close()
      unreadable = systemCodeOf(error) === 'ENOENT' ? `${path} does not exist` : messageOf(error)
    }
  }

  await openSource((size, inode) => (mark === undefined ? size : mark.inode === inode && mark.size <= size ? mark.size : 0))
  const [first] = sources
  const startMark = first === undefined ? null : { inode: first.inode, size: first.position }

  return {
    get unreadable() {
      return unreadable
    },
    mark: startMark,
    async read() {
      const current = sources.at(-1)
      const now = await stat(path).catch(() => null)
      if (now !== null && now.ino !== current?.inode) await openSource(() => 0)
      const lines: ErrorLine[] = []
      for (const source of sources) lines.push(...(await readLines(source)))
      return lines
    },
    async close() {
      for (const source of sources.splice(0)) await source.handle.close()
    },
  }
}

async function readLines(source: Source): Promise<ErrorLine[]> {
  const { size } = await source.handle.stat()
  if (size < source.position) {
    // Truncated in place (logrotate’s copytruncate).
    source.position = 0
    source.rest = Buffer.alloc(0)
  }
  if (size === source.position) return []
  const buffer = Buffer.alloc(Math.min(size - source.position, 1 << 20))
  const { bytesRead } = await source.handle.read(buffer, 0, buffer.length, source.position)
  source.position += bytesRead
  const text = Buffer.concat([source.rest, buffer.subarray(0, bytesRead)])
  const end = text.lastIndexOf(0x0a) + 1
  source.rest = text.subarray(end)
  return text
    .subarray(0, end)
    .toString('utf8')
    .split('\n')
    .map(parseErrorLine)
    .filter((line) => line !== null)
}
