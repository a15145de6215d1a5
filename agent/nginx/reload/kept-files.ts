import { copyFile, link, mkdir, open, readdir, readFile, realpath, rename, rm } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import { systemCodeOf } from '../../../shared/errors/problem.ts'

/** Makes a directory; answers whether it had to be made. */
export async function ensureDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 })
    return true
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error
    return false
  }
}

/** Keeps a file under a second name, in directories that are made for it. */
export async function keep(live: string, kept: string): Promise<void> {
  await mkdir(dirname(kept), { recursive: true })
  await linkOrCopy(live, kept)
}

/** Puts `text` in place with one rename: as a link of `kept`, which needs no space, as long as that still holds it. */
export async function place(kept: string, live: string, text: string): Promise<void> {
  const temporary = `${live}.greenroom-new`
  await rm(temporary, { force: true })
  if ((await readOrNull(kept)) === text) await linkOrCopy(kept, temporary)
  else await writeSynced(temporary, text)
  await rename(temporary, live)
  // A rename between two links of one file does nothing at all, and leaves both.
  await rm(temporary, { force: true })
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    // Not every file system has hard links, and not every file of another owner may be linked to.
    if (!['EPERM', 'EACCES', 'ENOTSUP', 'EMLINK', 'ENOSYS', 'EXDEV'].includes(systemCodeOf(error) ?? '')) throw error
    await copyFile(from, to)
    await sync(to)
  }
}

/** Writes a new file that outlives a power loss once its directory is synced. */
export async function writeSynced(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'wx', 0o644)
  try {
    // Nginx’s workers need no access, but whoever looks for a fault at night does, whatever the umask was.
    await file.chmod(0o644)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Creates a directory of the include directory, and refuses one that a symbolic link leads out of it. */
export async function ensureInside(includeDir: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const [root, real] = await Promise.all([realpath(includeDir), realpath(directory)])
  if (!(real + sep).startsWith(root + sep)) throw new Error(`${directory} leads to ${real}, outside ${root}`)
}

/** Null where there is no such file. */
export async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** Sorted names; null where there is no such directory. */
export async function entriesOf(directory: string): Promise<string[] | null> {
  try {
    return (await readdir(directory)).toSorted()
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
}
