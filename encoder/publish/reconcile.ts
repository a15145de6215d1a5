import type { ReconcileReport } from './admin.ts'
import type { ObjectRow } from './ledger/objects.ts'
import { inParallel } from '../in-parallel.ts'
import { hasFile } from './repair.ts'
import { compare, type VerifyParts } from './verify.ts'
import { OBJECT_CACHE } from './outbox.ts'
import { POINTER_CACHE } from './switching.ts'

const MOST_NAMED = 1000

/**
 * Compares the ledger with a listing of the whole store, and the ledger learns what it did not know: what has gone waits
 * to be stored again, or is missing; pointers that are not what they shall be are in doubt. Asks the store directly and
 * throws what it throws; what it has found until then stays written down.
 */
export async function survey(parts: VerifyParts, now: () => Date, signal: AbortSignal): Promise<Omit<ReconcileReport, 'tidied'>> {
  const { versions, objects, switches, store } = parts
  const begun = now().toISOString()
  const restored: string[] = []
  const missing: string[] = []
  const removed: string[] = []
  const unknown: string[] = []
  let unknownCount = 0
  let seen = 0
  const counts = new Map<string, number>()
  for await (const { key, bytes } of store.list('', signal)) {
    seen += 1
    const row = objects.byKey(key)
    if (row?.state === 'deleted') {
      // An upload that was given up arrived after its own deletion.
      await store.remove(key, signal)
      removed.push(key)
    } else if (row !== null) {
      if (row.bytes === bytes) counts.set(row.version, (counts.get(row.version) ?? 0) + 1)
      // It was thought lost; the disk may not have been mounted then.
      if (row.state === 'missing' && (await compare(store, row, row.content_type, OBJECT_CACHE, signal)) === null) objects.settleAgain(row.id)
    } else if (!switches.has(key)) {
      unknownCount += 1
      if (unknown.length < MOST_NAMED) unknown.push(key)
    }
  }

  for (const { version, state } of [...versions.inState('ready'), ...versions.inState('encoding')]) {
    const stored = objects.storedBefore(version, begun, now().toISOString())
    if ((counts.get(version) ?? 0) >= stored && state === 'ready') continue
    const gone = await goneOf(parts, version, (at) => at <= begun || at > now().toISOString(), signal)
    for (const { row, instead } of gone) {
      const again = await hasFile(row)
      objects.set(row.id, again ? 'waiting' : 'missing', again ? null : `${row.key} has gone from the store, and its file from the work area.`, again && instead)
      ;(again ? restored : missing).push(row.key)
    }
  }

  for (const asset of versions.assets()) {
    for (const pointer of switches.pointers(asset)) {
      const { key, content, content_type, sha256, proven } = pointer
      if (proven === 0 || content === null) continue
      if ((await compare(store, { key, sha256, bytes: Buffer.byteLength(content) }, content_type, POINTER_CACHE, signal)) === null) continue
      switches.doubt(key)
      restored.push(key)
    }
  }
  return { objects: seen, versions: counts.size, restored, missing, removed, unknown, unknown_count: unknownCount }
}

interface Gone {
  readonly row: ObjectRow
  /** Something else lies there. */
  readonly instead: boolean
}

/** Objects of a version that were stored at a time which `counts`, and are not there or not whole. */
async function goneOf({ objects, store, concurrency }: VerifyParts, version: string, counts: (storedAt: string) => boolean, signal: AbortSignal): Promise<Gone[]> {
  const gone: Gone[] = []
  const rows = objects.of(version).filter(({ state, stored_at }) => state === 'stored' && stored_at !== null && counts(stored_at))
  await inParallel(rows, concurrency, async (row) => {
    const there = await store.head(row.key, signal)
    if (there === null || there.bytes !== row.bytes) gone.push({ row, instead: there !== null })
  })
  return gone.toSorted((a, b) => a.row.id - b.row.id)
}
