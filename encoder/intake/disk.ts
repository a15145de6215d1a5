import { lstat, mkdir, open, rm } from 'node:fs/promises'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import { joinBytes, type PathBytes } from './path-bytes.ts'
import { type Print, printOf } from './print.ts'

/** The print of a regular file; undefined where there is none, or something else. */
export async function printAt(path: PathBytes | string): Promise<Print | undefined> {
  const stats = await lstatIfThere(path)
  return stats?.isFile() === true ? printOf(stats) : undefined
}

export async function lstatIfThere(path: PathBytes | string) {
  try {
    return await lstat(path, { bigint: true })
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')
}

/** Makes the names in a directory survive a power loss, as far as its file system can (SMB and FUSE may not). */
export async function syncFolder(path: PathBytes | string): Promise<void> {
  try {
    await sync(path)
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemCodeOf(error) ?? '')) throw error
  }
}

/** Makes the content of a file survive a power loss. */
export async function sync(path: PathBytes | string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A folder on the way is a symbolic link or a file: nothing is put behind it. */
export class NotAFolder extends Error {
  override readonly name = 'NotAFolder'
  readonly path: PathBytes

  constructor(path: PathBytes) {
    super('is no directory')
    this.path = path
  }
}

/** Makes folders below `root` (which exists or is made), each durable in the one above. A link among them is not followed. */
export async function makeFolders(root: PathBytes | string, folders: readonly PathBytes[]): Promise<PathBytes> {
  await mkdir(root, { recursive: true })
  let path = joinBytes(root)
  for (const folder of folders) {
    const parent = path
    path = joinBytes(path, folder)
    try {
      await mkdir(path)
      await syncFolder(parent)
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') throw error
      if ((await lstat(path)).isDirectory()) continue
      throw new NotAFolder(path)
    }
  }
  return path
}

export async function removeIfThere(path: PathBytes | string): Promise<void> {
  await rm(path, { force: true })
}
