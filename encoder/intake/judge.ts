import { SourceNames } from './companions.ts'
import { type FileKind, kindOf } from './file-kind.ts'
import { keyOf, nameOf, parentOf } from './path-bytes.ts'
import type { Tracked, TrackedFiles } from './tracked.ts'
import { showPath } from './show-path.ts'

/** A source with all that belongs to it, options first. */
export interface SourceGroup {
  readonly source: Tracked
  readonly companions: readonly Tracked[]
}

export interface Why {
  readonly reason: string
  readonly detail: string
  /** Monotonic ms; null where nobody knows. */
  readonly until: number | null
}

export interface Judgement {
  /** May be claimed as far as the files themselves go; the longest waiting first. */
  readonly ready: readonly SourceGroup[]
  /** Why each of the others waits, by key. */
  readonly waiting: ReadonlyMap<string, Why>
}

/** Which files may be claimed at this moment (monotonic ms), and why each other one may not: our own rule, whatever a watcher says. */
export function judge(files: TrackedFiles, settle: number, elapsed: number): Judgement {
  const waiting = new Map<string, Why>()
  const ready: SourceGroup[] = []
  const folders = Map.groupBy([...files.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1)), ({ below }) => keyOf(parentOf(below)))
  for (const folder of folders.values()) {
    for (const group of groupsIn(folder, waiting)) {
      const why = unready(group, settle, elapsed)
      if (why === undefined) ready.push(group)
      else waiting.set(group.source.key, why)
      for (const file of group.companions) waiting.set(file.key, unsettled(file, settle, elapsed) ?? withSource(group.source))
    }
  }
  return { ready: ready.toSorted((a, b) => a.source.firstSeen - b.source.firstSeen), waiting }
}

/** How long until a file may become ready by time alone, ms; infinite for none. */
export function untilNext(files: TrackedFiles, settle: number, elapsed: number): number {
  const times = [...judge(files, settle, elapsed).waiting.values()].map(({ until }) => until ?? Number.POSITIVE_INFINITY)
  return times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY) - elapsed
}

/** The sources of one folder with their companions; of what is neither, `waiting` learns why it is left alone. */
function groupsIn(folder: readonly Tracked[], waiting: Map<string, Why>): SourceGroup[] {
  const byKind = Map.groupBy(folder, (file): FileKind | 'odd' => (file.type === 'file' ? kindOf(nameOf(file.below)) : 'odd'))
  for (const file of byKind.get('odd') ?? []) waiting.set(file.key, oddity(file))
  for (const kind of ['temporary', 'note'] as const) for (const file of byKind.get(kind) ?? []) waiting.set(file.key, NAME_REASONS[kind])

  const sources = byKind.get('source') ?? []
  const names = new SourceNames(sources.map(({ below }) => keyOf(nameOf(below))))
  const owned = new Map<string, Tracked[]>()
  for (const kind of ['options', 'captions'] as const) {
    for (const file of byKind.get(kind) ?? []) {
      const owner = names.ownerOf(keyOf(nameOf(file.below)), kind)
      if (owner === undefined) waiting.set(file.key, { reason: 'sidecar', detail: orphan(kind), until: null })
      else owned.set(owner, [...(owned.get(owner) ?? []), file])
    }
  }
  return sources.map((source) => ({ source, companions: withOneOptionsFile(source, owned.get(keyOf(nameOf(source.below))) ?? [], waiting) }))
}

/** Of `film.mp4.json` and `film.json` the exact one counts; the other is left where it is. */
function withOneOptionsFile(source: Tracked, companions: readonly Tracked[], waiting: Map<string, Why>): Tracked[] {
  const options = companions.filter(({ below }) => kindOf(nameOf(below)) === 'options').toSorted((a, b) => b.key.length - a.key.length)
  for (const file of options.slice(1)) {
    waiting.set(file.key, { reason: 'sidecar', detail: `${showPath(nameOf(source.below))} has another options file whose name fits better; remove one of them.`, until: null })
  }
  return [...options.slice(0, 1), ...companions.filter((file) => !options.includes(file))]
}

function unready({ source, companions }: SourceGroup, settle: number, elapsed: number): Why | undefined {
  if (source.print.size === 0n) return { reason: 'empty', detail: 'It has no bytes yet; it is taken once it has been written.', until: null }
  const changing = unsettled(source, settle, elapsed)
  if (changing !== undefined) return changing
  for (const companion of companions) {
    const why = unsettled(companion, settle, elapsed)
    if (why !== undefined) return { ...why, detail: `${showPath(nameOf(companion.below))} beside it was still changing a moment ago; both are taken together.` }
  }
  const { hold } = source
  return hold?.retryAt !== undefined && hold.retryAt !== null && hold.retryAt > elapsed ? { reason: hold.reason, detail: hold.detail, until: hold.retryAt } : undefined
}

function unsettled(file: Tracked, settle: number, elapsed: number): Why | undefined {
  if (file.since + settle <= elapsed) return undefined
  return { reason: 'settling', detail: `It changed a moment ago; it is taken when nothing about it has changed for ${settle / 1000} s.`, until: file.since + settle }
}

const NAME_REASONS = {
  temporary: { reason: 'temporary_name', detail: 'Its name says that a program is still writing it (a dotfile, or .part, .tmp, .crdownload and the like); it is taken once it has its final name.', until: null },
  note: { reason: 'note', detail: 'It is the encoder’s own note on an earlier failure; it is never taken and can be deleted.', until: null },
} as const satisfies Record<string, Why>

function oddity({ type, code }: Tracked): Why {
  if (type === 'symlink') return { reason: 'symlink', detail: 'It is a symbolic link, and links are never followed; move the file itself here.', until: null }
  if (type === 'unreadable') return { reason: 'unreadable', detail: `It cannot be looked at (${code}); give the encoder’s user the permission to read it.`, until: null }
  return { reason: 'not_regular', detail: 'It is no regular file (a pipe, a socket or a device), which is never opened; remove it.', until: null }
}

function orphan(kind: 'options' | 'captions'): string {
  return kind === 'options'
    ? 'It is an options file, and the source that it belongs to (the same name with another ending) is not here.'
    : 'It is a captions file, and the source that it belongs to (its name is <source>.<language>.srt) is not here.'
}

function withSource(source: Tracked): Why {
  return { reason: 'sidecar', detail: `It belongs to ${showPath(nameOf(source.below))} and travels with it.`, until: null }
}
