import { readFile, stat } from 'node:fs/promises'

/** What the disk under a path has done since the host started. */
export interface DiskUse {
  /** Time in which it had something to do, ms. */
  readonly busyMs: number
  readonly writtenBytes: number
}

const SECTOR = 512
const [WRITTEN_SECTORS, BUSY_MS] = [6, 9]

/** Null where the path lies on no disk that the kernel counts for. */
export async function diskUse(path: string): Promise<DiskUse | null> {
  const { dev } = await stat(path)
  // As the C library splits it.
  const [major, minor] = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)]
  const text = await readFile(`/sys/dev/block/${major}:${minor}/stat`, 'utf8').catch(() => null)
  if (text === null) return null
  const fields = text.trim().split(/\s+/).map(Number)
  return { busyMs: fields[BUSY_MS] ?? 0, writtenBytes: (fields[WRITTEN_SECTORS] ?? 0) * SECTOR }
}
