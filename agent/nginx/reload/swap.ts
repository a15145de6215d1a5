import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncDirectory } from '../../../shared/files/atomic.ts'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import { ensureDirectory, ensureInside, entriesOf, keep, place, readOrNull, writeSynced } from './kept-files.ts'

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
  /**
   * Each file is replaced with one rename; names that `after` does not have are removed. `passing`: it is about to be
   * taken back, and need not outlive a power loss.
   */
  forward(options?: { passing: boolean }): Promise<void>
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
    if (await ensureDirectory(dirname(unfinished))) await syncDirectory(includeDir)
    for (const part of ['', 'before', 'after']) await ensureDirectory(join(unfinished, part))
    for (const name of names) await keep(join(includeDir, name), join(unfinished, 'before', name))
    for (const [name, text] of after) {
      await ensureInside(includeDir, dirname(join(includeDir, name)))
      await writeSynced(join(unfinished, 'after', name), text)
    }
    await writeSynced(join(unfinished, TEXTS), JSON.stringify({ before: await textsOf(includeDir, names), after: Object.fromEntries(after) }))
    // The links below may be lost with the power: texts.json has what is needed.
    await syncDirectory(unfinished)
    await rename(unfinished, directory)
    await syncDirectory(dirname(directory))
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
  const put = async (side: 'before' | 'after', texts: FileTexts, others: FileTexts, durable: boolean) => {
    for (const [name, text] of texts) await place(join(directory, side, name), join(includeDir, name), text)
    for (const name of others.keys()) if (!texts.has(name)) await rm(join(includeDir, name), { force: true })
    if (!durable) return
    for (const parent of new Set([...texts.keys(), ...others.keys()].map((name) => dirname(join(includeDir, name))))) await syncDirectory(parent)
  }
  return {
    directory,
    before,
    after,
    forward: ({ passing } = { passing: false }) => put('after', after, before, !passing),
    back: () => put('before', before, after, true),
    async discard() {
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Gives a staged swap another tag; null when it is not there any more. */
export async function retagSwap(includeDir: string, from: string, to: string): Promise<Swap | null> {
  const changes = join(includeDir, CHANGES)
  try {
    await rename(join(changes, from), join(changes, to))
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
  return openSwap(includeDir, to)
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

async function textsOf(includeDir: string, names: readonly string[]): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(includeDir, name), 'utf8')] as const)))
}
