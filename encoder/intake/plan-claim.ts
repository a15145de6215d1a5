import { access, constants } from 'node:fs/promises'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import { placeOf, readOptionsFor } from './claimed-source.ts'
import type { PlannedClaim } from './contract.ts'
import { isGone, printAt } from './disk.ts'
import { kindOf } from './file-kind.ts'
import type { Writer, Writers } from './held-open.ts'
import type { SourceGroup } from './judge.ts'
import { joinBytes, nameOf, parentOf, type PathBytes } from './path-bytes.ts'
import { inodeOf, mtimeMs, samePrint } from './print.ts'
import { showPath } from './show-path.ts'

export interface PlanDeps {
  readonly ingest: PathBytes
  readonly profiles: ReadonlySet<string>
}

/** `changed`: it starts over. `held`: it waits, with a reason. */
export type Hindrance = { readonly kind: 'changed' } | { readonly kind: 'held'; readonly reason: string; readonly detail: string }

/** Why a group cannot be claimed, found out before anything is written down or moved. */
export async function hindranceOf({ source, companions }: SourceGroup, writers: Writers, { ingest }: PlanDeps): Promise<Hindrance | undefined> {
  for (const file of [source, ...companions]) {
    const path = joinBytes(ingest, file.below)
    const now = await printAt(path)
    if (now === undefined || !samePrint(now, file.print)) return { kind: 'changed' }
    const writer = writers.open.get(inodeOf(now))
    if (writer !== undefined) return { kind: 'held', ...openForWriting(writer) }
    const denied = (await deniedTo(path, constants.R_OK)) ? 'read' : (await deniedTo(parentOf(path), constants.W_OK | constants.X_OK)) ? 'taken out of its folder' : undefined
    if (denied !== undefined) {
      const uid = process.getuid?.() ?? 0
      return { kind: 'held', reason: denied === 'read' ? 'unreadable' : 'not_movable', detail: `${showPath(nameOf(path))} cannot be ${denied} by the encoder’s user (uid ${uid}); change its owner or its permissions.` }
    }
  }
  return undefined
}

function openForWriting({ program, pid }: Writer): { readonly reason: string; readonly detail: string } {
  return { reason: 'open_for_writing', detail: `${program} (process ${pid}) has it open for writing; it is taken once that is closed.` }
}

async function deniedTo(path: PathBytes, mode: number): Promise<boolean> {
  try {
    await access(path, mode)
    return false
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(systemCodeOf(error) ?? '')) return true
    if (isGone(error)) return false
    throw error
  }
}

/** Undefined: the options file has just gone. */
export async function planClaim({ source, companions }: SourceGroup, { ingest, profiles }: PlanDeps): Promise<PlannedClaim | undefined> {
  const at = (below: PathBytes) => joinBytes(ingest, below)
  const optionsFile = companions.find(({ below }) => kindOf(nameOf(below)) === 'options')
  const captions = companions.filter((file) => file !== optionsFile).map(({ below }) => below)
  const read = await ifThere(readOptionsFor(source.below, optionsFile && { from: optionsFile.below, at: at(optionsFile.below) }, captions, profiles))
  return read && {
    name: showPath(source.below),
    name_bytes: source.below.toString('base64'),
    size: Number(source.print.size),
    mtime_ms: mtimeMs(source.print),
    ...placeOf(source.below, read.options, profiles),
    files: [source, ...companions].map(({ below }) => at(below).toString('base64')),
  }
}

async function ifThere<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    // ELOOP: a link was put in its place.
    if (isGone(error) || systemCodeOf(error) === 'ELOOP') return undefined
    throw error
  }
}
