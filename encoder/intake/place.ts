import { link, rename, unlink } from 'node:fs/promises'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import { copyAcross, type CopyOptions, sameBytes } from './copy-across.ts'
import { lstatIfThere, printAt, removeIfThere, syncFolder } from './disk.ts'
import { joinBytes, parentOf, type PathBytes } from './path-bytes.ts'
import { mtimeMs } from './print.ts'

export interface PlaceOptions extends CopyOptions {
  /** Name, unique to this file, under which a copy is written until it is whole. */
  readonly temporary: string
}

/**
 * Moves a file to a name that is free: false when another file has it. Across file systems it is copied, verified and
 * only then removed. Called again after a crash in the middle it goes on from there.
 */
export async function placeFile(from: PathBytes, to: PathBytes, options: PlaceOptions): Promise<boolean> {
  if ((await lstatIfThere(to)) !== undefined) {
    if (!(await isTheSame(from, to, options.signal))) return false
    await syncFolder(parentOf(to))
    await unlink(from)
    return true
  }
  if (!(await moveHere(from, to)) && !(await copyOver(from, to, options))) return false
  await removeIfThere(from)
  await syncFolder(parentOf(to))
  return true
}

/** By link, since a rename would overwrite what appears under the name in between. False: only a copy can go there, or the name is taken. */
async function moveHere(from: PathBytes, to: PathBytes): Promise<boolean> {
  try {
    await link(from, to)
    await syncFolder(parentOf(to))
    return true
  } catch (error) {
    const code = systemCodeOf(error) ?? ''
    if (code === 'EXDEV' || code === 'EEXIST') return false
    if (!LINKLESS.has(code)) throw error
  }
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (systemCodeOf(error) === 'EXDEV') return false
    throw error
  }
}

/** No hard links on this file system, or none to another user's file (fs.protected_hardlinks). */
const LINKLESS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

async function copyOver(from: PathBytes, to: PathBytes, options: PlaceOptions): Promise<boolean> {
  if ((await lstatIfThere(to)) !== undefined) return false
  const whole = joinBytes(parentOf(to), `.${options.temporary}.whole`)
  try {
    await copyAcross(from, joinBytes(parentOf(to), `.${options.temporary}.part`), whole, options)
    return await moveHere(whole, to)
  } finally {
    await removeIfThere(whole)
  }
}

/** Whether `to` is what an earlier, interrupted call made of `from`. */
async function isTheSame(from: PathBytes, to: PathBytes, signal: AbortSignal | undefined): Promise<boolean> {
  const [a, b] = [await printAt(from), await printAt(to)]
  if (a === undefined || b === undefined) return false
  if (a.dev === b.dev) return a.ino === b.ino
  // utimes keeps microseconds at best.
  return a.size === b.size && Math.abs(mtimeMs(a) - mtimeMs(b)) <= 1 && sameBytes(from, to, signal)
}
