import { mkdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, systemCodeOf } from '../../shared/errors/problem.ts'
import { copyAcross, sameBytes } from './copy-across.ts'
import { isGone, printAt, sync, syncFolder } from './disk.ts'
import { joinBytes, keyOf, nameOf, parentOf, type PathBytes } from './path-bytes.ts'
import { plainNames } from './plain-names.ts'
import { inodeOf, mtimeMs, type Print, sameContent, samePrint } from './print.ts'
import { showPath } from './show-path.ts'
import type { Writers } from './held-open.ts'

/** Called after each step that leaves a trace on disk; for tests that kill the process there. */
export type OnStep = (step: string) => unknown

export interface MoveDeps {
  readonly signal?: AbortSignal
  readonly onStep?: OnStep
}

/** This one file cannot leave the ingest folder (a sticky folder, an immutable file), whatever the host can do with others. */
export class NotMovable extends Error {
  override readonly name = 'NotMovable'

  constructor(path: PathBytes, cause: unknown) {
    super(`${showPath(nameOf(path))} cannot be taken out of its folder by the encoder’s user: ${messageOf(cause)}`, { cause })
  }
}

/** One claimed file in the work area. */
export interface Arrival {
  readonly from: PathBytes
  readonly to: PathBytes
  /** `copied`: the file in the ingest folder is still there, until the claim is known to be good. */
  readonly how: 'renamed' | 'copied'
  /** As it was before it moved; undefined where an earlier process moved it. */
  readonly before: Print | undefined
}

export function sourceDirectory(work: string, job: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(job)) throw new TypeError(`${JSON.stringify(job)} is no job id`)
  return join(work, 'jobs', job, 'source')
}

/**
 * Brings the files of a claim into the work area under plain names, the source first: what has arrived already stays,
 * so it may be called again after a crash at any step. Undefined: the source is not there, nor did it ever arrive.
 * A companion that has gone is left out.
 */
export async function bringFiles(work: string, job: string, files: readonly PathBytes[], deps: MoveDeps): Promise<Arrival[] | undefined> {
  const directory = sourceDirectory(work, job)
  await mkdir(directory, { recursive: true })
  const names = plainNames(files)
  const arrivals: Arrival[] = []
  for (const [index, from] of files.entries()) {
    const arrival = await bringFile(from, joinBytes(directory, names[index] ?? ''), deps)
    if (arrival !== undefined) arrivals.push(arrival)
    else if (index === 0) return undefined
    await deps.onStep?.(`moved ${index}`)
  }
  return arrivals
}

async function bringFile(from: PathBytes, to: PathBytes, { signal, onStep }: MoveDeps): Promise<Arrival | undefined> {
  const there = await printAt(from)
  const arrived = await printAt(to)
  if (arrived !== undefined) {
    // Only a copy leaves its original behind; on the same file system this is a new file of the same name.
    const copied = there !== undefined && there.dev !== arrived.dev && there.size === arrived.size && Math.abs(mtimeMs(there) - mtimeMs(arrived)) <= 1 && (await sameBytes(from, to, signal))
    return { from, to, how: copied ? 'copied' : 'renamed', before: copied ? there : undefined }
  }
  if (there === undefined) return undefined
  try {
    await rename(from, to)
    return { from, to, how: 'renamed', before: there }
  } catch (error) {
    const code = systemCodeOf(error) ?? ''
    if (code === 'ENOENT') return undefined
    if (['EACCES', 'EPERM'].includes(code)) throw new NotMovable(from, error)
    if (code !== 'EXDEV') throw error
  }
  const part = joinBytes(parentOf(to), '.arriving.part')
  const before = await copyAcross(from, part, to, signal === undefined ? {} : { signal })
  await onStep?.('copied')
  return { from, to, how: 'copied', before }
}

/** The file whose writers are to be looked for: the one that a program would still have open. */
export async function arrivedInode({ from, to, how }: Arrival): Promise<string | undefined> {
  const print = await printAt(how === 'copied' ? from : to)
  return print === undefined ? undefined : inodeOf(print)
}

/** Why an arrival cannot be used, in words, or undefined. */
export async function spoiledBy(arrival: Arrival, writers: Writers): Promise<string | undefined> {
  const inode = await arrivedInode(arrival)
  const writer = inode === undefined ? undefined : writers.open.get(inode)
  if (writer !== undefined) return `${writer.program} (process ${writer.pid}) had it open for writing`
  if (arrival.before === undefined) return undefined
  const now = await printAt(arrival.how === 'copied' ? arrival.from : arrival.to)
  // The user may have taken the original away once it was copied: then there is nothing that could differ.
  if (now === undefined) return arrival.how === 'copied' ? undefined : 'it was replaced while it was moved'
  const same = arrival.how === 'copied' ? samePrint(arrival.before, now) : sameContent(arrival.before, now)
  return same ? undefined : 'it was written to while it was moved'
}

/** Makes the arrivals of many claims survive a power loss, then removes the originals of those that were copied. */
export async function secure(arrivals: readonly Arrival[], { onStep }: MoveDeps): Promise<void> {
  await Promise.all(arrivals.map(async ({ to }) => sync(to)))
  const sources = arrivals.map(({ to }) => parentOf(to))
  await Promise.all(distinct([...sources, ...sources.map(parentOf), ...sources.map((source) => parentOf(parentOf(source)))]).map(syncFolder))
  await Promise.all(distinct(arrivals.map(({ from }) => parentOf(from))).map(syncIfThere))
  await onStep?.('synced')
  for (const { from, how, before } of arrivals) {
    if (how !== 'copied' || before === undefined) continue
    const now = await printAt(from)
    if (now !== undefined && samePrint(now, before)) await unlink(from)
    await onStep?.('unlinked')
  }
}

function distinct(paths: readonly PathBytes[]): PathBytes[] {
  return [...new Map(paths.map((path) => [keyOf(path), path])).values()]
}

/** The user may have removed the folder as soon as it was empty. */
async function syncIfThere(folder: PathBytes): Promise<void> {
  try {
    await syncFolder(folder)
  } catch (error) {
    if (!isGone(error)) throw error
  }
}
