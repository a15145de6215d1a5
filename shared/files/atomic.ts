import { randomBytes } from 'node:crypto'
import { type FileHandle, lstat, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { messageOf, systemCodeOf } from '../errors/problem.ts'

export interface ReplaceOptions {
  /** Permission bits of the file. Default: those it has; 0644 for a new one. Set whatever the umask is. */
  readonly mode?: number
  /** Directory that the file must really be in, symbolic links resolved. Default: the directory that the path names. */
  readonly within?: string
}

/** A file could not be replaced: `message` says whether it is as before. `code` is the system's (`ENOSPC`, `EROFS`), if there is one. */
export class ReplaceFailed extends Error {
  override readonly name = 'ReplaceFailed'
  readonly path: string
  readonly code: string | undefined

  constructor(path: string, what: string, cause?: unknown) {
    super(`${path} ${what}${cause === undefined ? '' : `: ${messageOf(cause)}`}`, { cause })
    this.path = path
    this.code = systemCodeOf(cause)
  }
}

/**
 * Replaces a file whole: whoever reads it sees the old or the new content, never a part, also after a crash or a
 * power loss. A symbolic link is followed inside the directory, never out of it. Throws ReplaceFailed.
 */
export async function replaceFile(path: string, content: string | Uint8Array, options: ReplaceOptions = {}): Promise<void> {
  const target = await resolveTarget(path, options.within)
  const directory = dirname(target)
  const temporary = join(directory, `.${basename(target)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await removeLeftovers(directory, basename(target))
    // O_EXCL: a symbolic link planted under this name is not followed.
    const file = await open(temporary, 'wx', 0o600)
    try {
      await takeOver(file, target, options.mode)
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {
      // The first error is the one to tell; what stays behind is removed by the next replacement.
    })
    throw new ReplaceFailed(path, 'could not be replaced and is as before', error)
  }
  try {
    await syncDirectory(directory)
  } catch (error) {
    throw new ReplaceFailed(path, 'is replaced, but may be as before after a power loss', error)
  }
}

/** Makes what was created, renamed or removed in a directory survive a power loss. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** The path of the real file, all links resolved, once it is known to be inside the allowed directory. */
async function resolveTarget(path: string, within?: string): Promise<string> {
  const resolve = async (directory: string) => {
    try {
      return await realpath(directory)
    } catch (error) {
      throw new ReplaceFailed(path, 'could not be written', error)
    }
  }
  const parent = await resolve(dirname(path))
  const allowed = await resolve(within ?? parent)
  let target = join(parent, basename(path))
  const link = await lstat(target).catch(() => undefined)
  if (link?.isSymbolicLink() === true) target = await resolve(target)
  const inside = (dirname(target) + sep).startsWith(allowed === sep ? sep : allowed + sep)
  if (!inside) throw new ReplaceFailed(path, `leads to ${target} through a symbolic link, outside ${allowed}; it was not written. Name the real file, or remove the link`)
  return target
}

/** Gives the new file the mode, owner and group of the one it replaces. */
async function takeOver(file: FileHandle, target: string, mode: number | undefined): Promise<void> {
  const previous = await stat(target).catch(() => undefined)
  const own = await file.stat()
  if (previous !== undefined && (previous.uid !== own.uid || previous.gid !== own.gid)) {
    // Only root can give a file away; for others the file becomes theirs, as with any editor that replaces files.
    await file.chown(previous.uid, previous.gid).catch(() => {})
  }
  await file.chmod(mode ?? (previous === undefined ? 0o644 : previous.mode & 0o7777))
}

/** Removes temporary files of this file whose writer was killed. */
async function removeLeftovers(directory: string, name: string): Promise<void> {
  const prefix = `.${name}.`
  for (const entry of await readdir(directory)) {
    if (!entry.startsWith(prefix)) continue
    const writer = /^(\d+)\.[0-9a-f]{12}\.tmp$/.exec(entry.slice(prefix.length))?.[1]
    if (writer === undefined || Number(writer) === process.pid) continue
    const alive = await stat(`/proc/${writer}`).then(() => true, () => false)
    if (!alive) await rm(join(directory, entry), { force: true })
  }
}
