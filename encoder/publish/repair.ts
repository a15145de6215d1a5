import { readFile } from 'node:fs/promises'
import { inParallel } from '../in-parallel.ts'
import type { RepairReport, StoreFault } from './admin.ts'
import { sha256Aside } from './body.ts'
import type { Lanes } from './lanes.ts'
import type { ObjectRow } from './ledger/objects.ts'
import type { Outbox } from './outbox.ts'
import type { Switching } from './switching.ts'
import { OBJECT_CACHE } from './outbox.ts'
import { compare, verify, type VerifyParts } from './verify.ts'

export interface RepairParts extends VerifyParts {
  readonly outbox: Outbox
  readonly lanes: Lanes
  readonly switching: Switching
}

/** Stores again what `verify` finds wrong: objects from the work area, where their files still are; pointers from the ledger. */
export async function repair(parts: RepairParts, assets: readonly string[], signal: AbortSignal): Promise<RepairReport> {
  for (const asset of assets) await findAgain(parts, asset, signal)
  const { faults } = await verify(parts, assets, signal)
  const beyond: StoreFault[] = []
  const begun: StoreFault[] = []
  for (const fault of faults) ((await begin(parts, fault)) ? begun : beyond).push(fault)
  parts.outbox.wake()
  for (const version of new Set(begun.flatMap(({ version }) => version ?? []))) {
    await parts.outbox.stored(version, parts.objects.newest(version), signal).catch((error: unknown) => {
      // Another object of the version is beyond repair, and is reported as that.
      signal.throwIfAborted()
      if (beyond.length === 0) throw error
    })
  }
  // What an older version lacks keeps no pointer from being written: none names it.
  const broken = new Set(beyond.filter(({ current }) => current).map(({ asset }) => asset))
  for (const asset of new Set(begun.map(({ asset }) => asset))) {
    if (!broken.has(asset)) await parts.lanes.run(asset, '', (stop) => parts.switching.carryOut(asset, AbortSignal.any([stop, signal])))
  }
  const { faults: left } = await verify(parts, assets, signal)
  // Pointers are not written to what would not play.
  const withheld = begun.filter(({ key, asset }) => parts.switches.pointers(asset).some((pointer) => pointer.key === key && pointer.proven === 0))
  const unwritten = new Set(withheld.map(({ key }) => key))
  const lost = left.filter(({ key }) => !unwritten.has(key))
  const still = new Set([...lost, ...withheld].map(({ key }) => key))
  return {
    repaired: begun.filter(({ key }) => !still.has(key)),
    beyond_repair: [...lost, ...withheld.map((fault) => Object.assign({}, fault, { detail: `${fault.detail}, and it is not written before all that it names is there` }))],
  }
}

/** What was thought lost may have been brought back by somebody else, such as from a backup of the store. */
async function findAgain({ versions, objects, store, concurrency }: RepairParts, asset: string, signal: AbortSignal): Promise<void> {
  const missing = versions.ofAsset(asset).flatMap(({ version }) => Array.from(objects.of(version))).filter(({ state }) => state === 'missing')
  await inParallel(missing, concurrency, async (row) => {
    if ((await compare(store, row, row.content_type, OBJECT_CACHE, signal)) === null) objects.settleAgain(row.id)
  })
}

/** Whether the right bytes are at hand, and will be stored. */
async function begin({ objects, switches }: RepairParts, { key, what }: StoreFault): Promise<boolean> {
  if (what === 'reference') return false
  const row = objects.byKey(key)
  if (row === null) {
    switches.doubt(key)
    return true
  }
  if (!(await hasFile(row))) {
    if (what !== 'headers') objects.set(row.id, 'missing', `${key} has gone from the store, and its file from the work area.`)
    return false
  }
  objects.set(row.id, 'waiting', null, what !== 'missing')
  return true
}

/** Whether the work file of an object is still what it was. */
export async function hasFile({ path, bytes, sha256 }: ObjectRow): Promise<boolean> {
  const content = await readFile(path).catch(() => null)
  return content !== null && content.length === bytes && (await sha256Aside(content)) === sha256
}
