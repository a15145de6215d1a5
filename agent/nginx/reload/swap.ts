import { copyFile, link, mkdir, open, readdir, readFile, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { syncDirectory } from '../../../shared/files/atomic.ts'
import { systemCodeOf } from '../../../shared/errors/problem.ts'

/** Texts by name relative to the include directory. */
export type FileTexts = ReadonlyMap<string, string>

/**
 * A set of generated files, staged beside the live ones as hard links, so that going forward and back needs no space
 * on the disk and survives a crash at any point: `<include_dir>/.changes/<tag>/before` and `…/after`.
 * A leading dot keeps it out of every glob. What was staged stands in `texts.json` too, since an editor that writes in
 * place would change a link together with the live file.
 */
export interface Swap {
  readonly directory: string
  readonly before: FileTexts
  readonly after: FileTexts
  /** Each file is replaced with one rename; names that `after` does not have are removed. */
  forward(): Promise<void>
  back(): Promise<void>
  /** Forgets the staged files; the live ones stay as they are. */
  discard(): Promise<void>
}

export const CHANGES = '.changes'
const TEXTS = 'texts.json'

/**
 * Stages `after` as the whole set of files, `names` being those that are there now. Throws system errors;
 * then nothing live has been touched and nothing is left behind that a later start would act on.
 */
export async function stageSwap(includeDir: string, tag: string, names: readonly string[], after: FileTexts): Promise<Swap> {
  const directory = join(includeDir, CHANGES, tag)
  const unfinished = `${directory}.tmp`
  try {
    await rm(unfinished, { recursive: true, force: true })
    // One by one: a recursive mkdir tells a read-only file system as a missing directory.
    await mkdir(includeDir, { recursive: true, mode: 0o755 })
    for (const directory of [dirname(unfinished), unfinished, join(unfinished, 'before'), join(unfinished, 'after')]) await ensureDirectory(directory)
    for (const name of names) await keep(join(includeDir, name), join(unfinished, 'before', name))
    for (const [name, text] of after) {
      await ensureInside(includeDir, dirname(join(includeDir, name)))
      await writeSynced(join(unfinished, 'after', name), text)
    }
    await writeSynced(join(unfinished, TEXTS), JSON.stringify({ before: await textsOf(includeDir, names), after: Object.fromEntries(after) }))
    for (const staged of await directoriesIn(unfinished)) await syncDirectory(staged)
    await rename(unfinished, directory)
    await syncDirectory(dirname(directory))
    await syncDirectory(includeDir)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => {
      // The first error is the one to tell; the next staging of this tag, or the next clean-up, removes the rest.
    })
    throw error
  }
  return (await openSwap(includeDir, tag))!
}

/** A swap that was staged, possibly by a process that died since; null when there is none of that tag. */
export async function openSwap(includeDir: string, tag: string): Promise<Swap | null> {
  const directory = join(includeDir, CHANGES, tag)
  const staged = await readOrNull(join(directory, TEXTS))
  if (staged === null) return null
  const texts = JSON.parse(staged) as Record<'before' | 'after', Record<string, string>>
  const before = new Map(Object.entries(texts.before))
  const after = new Map(Object.entries(texts.after))
  const put = async (side: 'before' | 'after', texts: FileTexts, others: FileTexts) => {
    for (const [name, text] of texts) await place(join(directory, side, name), join(includeDir, name), text)
    for (const name of others.keys()) if (!texts.has(name)) await rm(join(includeDir, name), { force: true })
    for (const parent of new Set([...texts.keys(), ...others.keys()].map((name) => dirname(join(includeDir, name))))) await syncDirectory(parent)
  }
  return {
    directory,
    before,
    after,
    forward: () => put('after', after, before),
    back: () => put('before', before, after),
    async discard() {
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Tags of all swaps that are staged. */
export async function stagedTags(includeDir: string): Promise<string[]> {
  return (await entriesOf(join(includeDir, CHANGES))) ?? []
}

/** Removes what changes left behind that nobody will come back for; those named in `staged` are still needed. */
export async function discardStale(includeDir: string, staged: ReadonlySet<string>): Promise<void> {
  for (const tag of await stagedTags(includeDir)) {
    if (!staged.has(tag)) await rm(join(includeDir, CHANGES, tag), { recursive: true, force: true })
  }
}

/** The live text of a file of the set; null when it is not there. */
export async function liveText(includeDir: string, name: string): Promise<string | null> {
  return readOrNull(join(includeDir, name))
}

async function ensureDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error
  }
}

async function keep(live: string, kept: string): Promise<void> {
  await mkdir(dirname(kept), { recursive: true })
  await linkOrCopy(live, kept)
}

async function place(kept: string, live: string, text: string): Promise<void> {
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

async function writeSynced(path: string, text: string): Promise<void> {
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
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Creates a directory of the include directory, and refuses one that a symbolic link leads out of it. */
async function ensureInside(includeDir: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const [root, real] = await Promise.all([realpath(includeDir), realpath(directory)])
  if (!(real + sep).startsWith(root + sep)) throw new Error(`${directory} leads to ${real}, outside ${root}`)
}

async function textsOf(includeDir: string, names: readonly string[]): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(includeDir, name), 'utf8')] as const)))
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
}

async function directoriesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return [directory, ...entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))]
}

async function entriesOf(directory: string): Promise<string[] | null> {
  try {
    return (await readdir(directory)).toSorted()
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
}
