import { Problem } from '../../shared/errors/problem.ts'
import { formatDuration } from '../../shared/units/duration.ts'
import { errors } from '../errors.ts'
import { forTheCaller, JobError } from '../job-errors.ts'
import type { AssetRecord, VersionRecord } from './contract.ts'
import type { SwitchLedger } from './ledger/switches.ts'
import { lostObjects, type LostParts } from './lost-objects.ts'
import { unlessAborted } from './unless-aborted.ts'

export interface RollbackParts extends LostParts {
  readonly switches: Pick<SwitchLedger, 'open'>
  readonly record: (asset: string) => AssetRecord | null
  /** How long the store may take before the answer says that it will be done later. */
  readonly patience_ms: number
  /** Switches the pointers; false where the version cannot be pointed at any more. */
  readonly carryOut: (version: string) => Promise<boolean>
}

/** Points an asset at an older ready version again, once all of its objects have been seen in the store. Throws Problems. */
export async function rollback(parts: RollbackParts, asset: string, to: string | undefined): Promise<AssetRecord> {
  const { record, switches, patience_ms: patience, carryOut } = parts
  const before = record(asset)
  if (before === null) throw new Problem(errors.assetUnknown, `There is no asset ${asset}. \`greenroom-encoder assets\` lists them.`, { asset })
  const { version } = choose(before, to)
  const others = before.versions.filter((row) => row.state === 'ready' && !row.current && row.version !== version).map((row) => row.version)
  const open = switches.open(asset)
  // A switch elsewhere that is written down is carried out as soon as the store works: then it must be taken back.
  if (version === before.current && (open === null || open.version === version)) return before
  const limit = AbortSignal.timeout(patience)
  try {
    await checkWhole(parts, { asset, version, others }, limit)
    if (!(await unlessAborted(carryOut(version), limit))) throw new Problem(errors.versionUnknown, `Version ${version} of ${asset} has just been deleted.`, { asset, version })
  } catch (error) {
    if (error instanceof JobError) throw new Problem(errors.environment, `${asset} was not rolled back: ${forTheCaller(error)}`, { asset, version }, error)
    if (!limit.aborted) throw error
    throw new Problem(errors.environment, `${asset} is not rolled back yet: the store has not done it within ${formatDuration(patience)}. If the switch is written down, it is done as soon as the store works again; \`greenroom-encoder assets\` shows it.`, { asset, version }, error)
  }
  return record(asset) ?? before
}

function choose({ asset, current, versions }: AssetRecord, to: string | undefined): VersionRecord {
  // They come newest first.
  const ready = versions.filter(({ state }) => state === 'ready')
  if (to !== undefined) {
    const wanted = versions.find(({ version }) => version === to)
    if (wanted?.state === 'ready') return wanted
    const there = ready.length === 0 ? 'none can be gone back to' : `there are ${ready.map(({ version }) => version).join(', ')}`
    throw new Problem(errors.versionUnknown, `${asset} has no version ${to} to go back to${wanted === undefined ? '' : ` (it is ${wanted.state})`}: ${there}.`, { asset, version: to })
  }
  const at = ready.findIndex(({ version }) => version === current)
  const older = at === -1 ? ready[0] : ready[at + 1]
  if (older === undefined) throw new Problem(errors.nothingToRollBack, `${asset} has no older version: ${current === null ? 'it is not published' : `${current} is the oldest that is kept`}. store.keep_versions says how many are.`, { asset })
  return older
}

/** A pointer never names what is not there. */
async function checkWhole(parts: RollbackParts, { asset, version, others }: { readonly asset: string; readonly version: string; readonly others: readonly string[] }, signal: AbortSignal): Promise<void> {
  const lost = await lostObjects(parts, version, signal)
  const [first] = lost
  if (first === undefined) return
  throw new Problem(errors.versionIncomplete, `Version ${version} of ${asset} lacks ${lost.length} of its objects in the store, such as ${first}: it would not play. \`greenroom-encoder publish verify ${asset}\` lists them.${others.length === 0 ? '' : ` Others that --to can name: ${others.join(', ')}.`}`, { asset, version, missing: lost.length })
}
