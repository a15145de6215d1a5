import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '../jobs/database.ts'
import type { Pointer, Pointing } from './contract.ts'
import { attempt, type Gate } from './gate.ts'
import { versionPrefix } from './key.ts'
import type { ObjectLedger } from './ledger/objects.ts'
import type { PointerRow, SwitchKind, SwitchLedger, SwitchRow } from './ledger/switches.ts'
import { pointingOf, type VersionLedger, type VersionRow } from './ledger/versions.ts'
import { byAge } from './retention.ts'
import type { OnPublishStep } from './steps.ts'
import type { Store } from './store.ts'
import { composeDocument, documentKey, documentText, planDocument, planEndings, planPointing, planRemoval, type SwitchPlan } from './switch-plan.ts'

/** Pointers live this short, in seconds, wherever they are cached. */
export const POINTER_MAX_AGE_S = 5
export const POINTER_CACHE = `public, max-age=${POINTER_MAX_AGE_S}`

export interface SwitchingParts {
  readonly database: DatabaseSync
  readonly versions: VersionLedger
  readonly objects: ObjectLedger
  readonly switches: SwitchLedger
  readonly store: Store
  readonly gate: Gate
  readonly onStep: OnPublishStep
  /** Resolves when every object of the version up to this id is stored. */
  readonly stored: (version: string, upTo: number, signal: AbortSignal) => Promise<void>
  /** Pointers have changed, proven; called inside the transaction that closes the switch. */
  readonly pointed: (asset: string, version: string | null, keys: readonly string[]) => void
}

export type Switching = ReturnType<typeof switching>

/**
 * The switch of an asset's pointers: written down whole, then carried out one pointer after another, then closed. What a
 * crash interrupts is carried out again from the ledger. All of it runs in the asset's lane.
 */
export function switching({ database, versions, objects, switches, store, gate, onStep, stored, pointed }: SwitchingParts) {
  /** Ready versions, the newest first. */
  const ready = (asset: string) => versions.ofAsset(asset).filter(({ state }) => state === 'ready').toSorted(byAge)
  const previousOf = (asset: string, version: string) => ready(asset).map((row) => row.version).filter((other) => other !== version)

  function journal(asset: string, kind: SwitchKind, plan: SwitchPlan, also: () => void = () => {}): void {
    onStep('journal', asset)
    transaction(database, () => {
      also()
      const open = switches.open(asset)
      // Some of its pointers may have been written: whoever is on it keeps it for the time of grace.
      if (open !== null && open.version !== null && open.version !== plan.version && open.version !== versions.current(asset)) versions.replaced(open.version, true)
      switches.begin(asset, kind, needs(kind, plan), plan)
    })
  }

  /** A growing version has objects that its pointers do not name yet. */
  function needs(kind: SwitchKind, { version }: SwitchPlan): number {
    if (version === null || kind === 'document') return 0
    return kind === 'encoding' ? objects.newestStored(version) : objects.newest(version)
  }

  function planFor({ asset, version }: VersionRow, { pointers, description, state }: Pointing): SwitchPlan {
    return planPointing(asset, version, pointers, composeDocument(description, state, version, previousOf(asset, version)), switches.pointers(asset))
  }

  /** Carries out what the ledger says of the asset's pointers, and closes the switch that is open, if one is. */
  async function carryOut(asset: string, signal: AbortSignal): Promise<void> {
    const open = switches.open(asset)
    const version = open === null ? versions.current(asset) : open.version
    const all = version === null ? 0 : open === null || open.kind === 'document' ? objects.newest(version) : open.needs
    for (let pointer = switches.unproven(asset); pointer !== null; pointer = switches.unproven(asset)) {
      // What a switch of the document alone finds in doubt beside it names objects all the same.
      const needs = open?.kind === 'document' && pointer.key === documentKey(asset) ? open.needs : all
      const whole = () => version === null || objects.unstored(version, needs) === null
      // It was when the switch was asked for; a bucket that was lost since must be filled first.
      if (version !== null && pointer.content !== null) await stored(version, needs, signal)
      await carry(pointer, whole, signal)
    }
    if (open === null) return
    onStep('outcome', asset)
    transaction(database, () => {
      close(open)
      // Other versions may have come or gone while it waited.
      rewriteDocument(asset)
    })
    if (switches.open(asset) !== null) await carryOut(asset, signal)
  }

  async function carry({ key, content, content_type, sha256 }: PointerRow, whole: () => boolean, signal: AbortSignal): Promise<void> {
    const turn = await gate.enter(signal)
    // While it waited, the ledger may have learnt that objects are lost.
    if (content !== null && !whole()) return turn.over()
    const written = await attempt(turn, signal, async () => {
      onStep('pointer', key)
      if (content === null) return store.remove(key, signal)
      return store.put({ key, body: { content }, bytes: Buffer.byteLength(content), sha256, content_type, cache_control: POINTER_CACHE }, { once: false, signal })
    })
    if (written === null) return
    onStep('pointed', key)
    if (content === null) switches.drop(key)
    else switches.prove(key, sha256)
  }

  function close({ id, asset, version, kind, document, changed }: SwitchRow): void {
    if (kind !== 'document') {
      const before = versions.current(asset)
      if (kind === 'ready' && version !== null) versions.ready(version)
      if (before !== version) {
        if (before !== null) versions.replaced(before, true)
        versions.setCurrent(asset, version)
      }
      if (version !== null) versions.replaced(version, false)
    }
    versions.setDocument(asset, document)
    switches.close(id)
    pointed(asset, version, JSON.parse(changed) as string[])
  }

  return {
    carryOut,
    ready,
    /** Begins to point at a version; false where another must stay in view. */
    begin(row: VersionRow, pointing: Pointing): boolean {
      const { asset, version } = row
      const current = versions.current(asset)
      const shown = current === null || current === version ? null : versions.known(current)
      if (pointing.state === 'encoding' && (shown !== null || ready(asset).length > 0)) return false
      // A version that was begun later is of a newer source: it stays, and this one can be gone back to.
      if (pointing.state === 'ready' && shown?.state === 'ready' && shown.number > row.number) {
        transaction(database, () => {
          versions.setPointing(version, pointing)
          versions.ready(version)
          versions.replaced(version, true)
        })
        rewriteDocument(asset)
        return false
      }
      journal(asset, pointing.state, planFor(row, pointing), () => versions.setPointing(version, pointing))
      return true
    },
    /** Begins to point at an older ready version again. */
    beginAgain(row: VersionRow, kind: 'rollback' | 'restore'): void {
      const { pointers, description } = pointingOf(row)
      const below = versionPrefix(row.asset, row.version)
      // Growing playlists below the version itself lie there as they ended.
      journal(row.asset, kind, planFor(row, { state: 'ready', description, pointers: pointers.filter(({ key }) => !key.startsWith(below)) }))
    },
    /** Begins to take the asset out of sight. */
    beginRemoval(asset: string): void {
      journal(asset, 'remove', planRemoval(switches.pointers(asset)))
    },
    /** Begins to tell the end to players that are on growing playlists of a version, where those are still there. */
    beginEndings({ asset, version }: VersionRow, endings: readonly Pointer[]): void {
      const there = switches.pointers(asset)
      const current = versions.current(asset)
      const document = versions.document(asset)
      if (current === null || document === null || !there.some((row) => row.version === version && row.content !== null)) return
      const plan = planEndings(asset, version, current, documentText(document), endings, there)
      if (plan.changed.length > 0) journal(asset, 'document', plan)
    },
    rewriteDocument,
  }

  /** Begins to write `asset.json` anew where what it says of older versions has changed; `also` is written with it. */
  function rewriteDocument(asset: string, also: () => void = () => {}): void {
    transaction(database, () => {
      also()
      const current = versions.current(asset)
      const document = versions.document(asset)
      if (current === null || document === null) return
      const previous = previousOf(asset, current)
      if (previous.join() === document.previous_versions.join()) return
      const { pointing } = versions.known(current)
      // A switch that is open writes a document of its own, and looks for what has changed when it is closed.
      const open = switches.open(asset)
      if (pointing === null || (open !== null && open.kind !== 'document')) return
      journal(asset, 'document', planDocument(asset, current, composeDocument(pointingOf(versions.known(current)).description, document.state, current, previous), switches.pointers(asset)))
    })
  }
}
