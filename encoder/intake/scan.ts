import type { BigIntStats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import { joinBytes, keyOf, type PathBytes } from './path-bytes.ts'
import { type Print, printOf } from './print.ts'

/** What stands at a path below the ingest folder. */
export interface SeenFile {
  /** The path below the ingest folder, one character per byte. */
  readonly key: string
  readonly below: PathBytes
  readonly type: 'file' | 'symlink' | 'special' | 'unreadable'
  /** Of what is unreadable: zeros. */
  readonly print: Print
  /** Of what is unreadable: the system's code. */
  readonly code?: string
}

/** So many files are asked for at a time; more would only queue up. */
const AT_ONCE = 256

const NO_PRINT: Print = { dev: 0n, ino: 0n, size: 0n, mtimeNs: 0n, ctimeNs: 0n }

/**
 * All that lies below a folder. Symbolic links are never followed and nothing is opened. Folders whose name begins
 * with a dot are left out, as are those that `skip` names. Throws when the folder itself cannot be read.
 */
export async function scanFolder(root: PathBytes, skip: (below: PathBytes) => boolean): Promise<SeenFile[]> {
  const seen: SeenFile[] = []
  const folders: PathBytes[] = [Buffer.alloc(0)]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const names = await namesIn(root, folder, seen)
    for (let start = 0; start < names.length; start += AT_ONCE) {
      const paths = names.slice(start, start + AT_ONCE).map((name) => joinBytes(folder, name))
      const found = await Promise.all(paths.map(async (below) => ({ below, stats: await statsOf(joinBytes(root, below)) })))
      for (const { below, stats } of found) {
        if (typeof stats === 'string') seen.push({ key: keyOf(below), below, type: 'unreadable', print: NO_PRINT, code: stats })
        else if (stats?.isDirectory() === true) {
          if (!isHidden(below) && !skip(below)) folders.push(below)
        } else if (stats !== undefined) seen.push({ key: keyOf(below), below, type: typeOf(stats), print: printOf(stats) })
      }
    }
  }
  return seen
}

async function namesIn(root: PathBytes, folder: PathBytes, seen: SeenFile[]): Promise<PathBytes[]> {
  try {
    return await readdir(joinBytes(root, folder), 'buffer')
  } catch (error) {
    const code = systemCodeOf(error)
    if (folder.length === 0 || code === undefined) throw error
    if (code !== 'ENOENT' && code !== 'ENOTDIR') seen.push({ key: keyOf(folder), below: folder, type: 'unreadable', print: NO_PRINT, code })
    return []
  }
}

/** Undefined: gone meanwhile. A text: why it cannot be looked at. */
async function statsOf(path: PathBytes): Promise<BigIntStats | string | undefined> {
  try {
    return await lstat(path, { bigint: true })
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === undefined) throw error
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : code
  }
}

function typeOf(stats: BigIntStats): SeenFile['type'] {
  return stats.isFile() ? 'file' : stats.isSymbolicLink() ? 'symlink' : 'special'
}

function isHidden(below: PathBytes): boolean {
  return below[below.lastIndexOf(0x2f) + 1] === 0x2e
}
