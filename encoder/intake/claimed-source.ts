import { join } from 'node:path'
import { printAt } from './disk.ts'
import { keyOf, nameOf, type PathBytes } from './path-bytes.ts'
import { assetPlace } from './asset-name.ts'
import { captionNaming } from './companions.ts'
import type { ClaimedSource, PlannedClaim, SidecarCaptions, SourceOptions } from './contract.ts'
import { kindOf } from './file-kind.ts'
import { readOptionsFile, type ReadOptions } from './options.ts'
import { mtimeMs } from './print.ts'
import { showPath } from './show-path.ts'
import { type Arrival, sourceDirectory } from './arrive.ts'

export interface DescribeDeps {
  readonly work: string
  readonly profiles: ReadonlySet<string>
}

/** What the files themselves say, now that they are ours: an options file may have changed after the claim was planned. */
export async function describeClaim(job: string, claim: PlannedClaim, arrivals: readonly Arrival[], { work, profiles }: DescribeDeps): Promise<ClaimedSource> {
  const [source, ...companions] = arrivals
  const print = source === undefined ? undefined : await printAt(source.to)
  if (source === undefined || print === undefined) throw new Error(`the source of job ${job} is not in the work area`)
  const below = Buffer.from(claim.name_bytes, 'base64')
  const optionsFile = companions.find(({ from }) => kindOf(nameOf(from)) === 'options')
  const captions = companions.filter((companion) => companion !== optionsFile)
  const { options, fault } = await readOptionsFor(below, optionsFile && { from: optionsFile.from, at: optionsFile.to }, captions.map(({ from }) => from), profiles)
  return {
    directory: sourceDirectory(work, job),
    path: source.to.toString(),
    name: claim.name,
    name_bytes: claim.name_bytes,
    size: Number(print.size),
    mtime_ms: mtimeMs(print),
    ...placeOf(below, options, profiles),
    options,
    captions: captions.map((file) => describeCaptions(file, source, options)),
    files: arrivals.map(({ from, to }) => ({ path: to.toString(), name_bytes: belowIngest(below, from).toString('base64') })),
    fault,
  }
}

/** Reads the options file that stands at `at` and was dropped as `from`. */
export function readOptionsFor(below: PathBytes, file: { readonly from: PathBytes; readonly at: PathBytes } | undefined, captions: readonly PathBytes[], profiles: ReadonlySet<string>): Promise<ReadOptions> {
  const name = file === undefined ? '' : join(showPath(folderOf(below)), showPath(nameOf(file.from)))
  return readOptionsFile(file?.at ?? null, { name, profiles, captions: new Set(captions.map((path) => nameOf(path).toString())) })
}

/** Options go before what the path says. */
export function placeOf(below: PathBytes, options: SourceOptions, profiles: ReadonlySet<string>): { readonly profile: string; readonly asset: string } {
  const place = assetPlace(below, profiles)
  return { profile: options.profile ?? place.profile, asset: options.asset ?? place.asset }
}

/** What name and options say of a captions file. */
export function describeCaptions({ from, to }: Pick<Arrival, 'from' | 'to'>, source: Pick<Arrival, 'from'>, options: SourceOptions): SidecarCaptions {
  const named = captionNaming(nameOf(source.from), nameOf(from))
  const said = options.captions?.[nameOf(from).toString()]
  return {
    path: to.toString(),
    language: said?.language ?? named.language,
    label: said?.label ?? null,
    default: said?.default ?? named.default,
    forced: said?.forced ?? named.forced,
    hearing_impaired: named.hearing_impaired,
  }
}

/** A companion lies in the folder of its source. */
function belowIngest(sourceBelow: PathBytes, from: PathBytes): PathBytes {
  const folder = folderOf(sourceBelow)
  return Buffer.concat([folder, nameOf(from)])
}

/** With its slash; empty in the root. */
function folderOf(below: PathBytes): PathBytes {
  return below.subarray(0, keyOf(below).lastIndexOf('/') + 1)
}
