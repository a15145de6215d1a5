import { readFile, unlink } from 'node:fs/promises'
import { messageOf, Problem, systemCodeOf } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import { checkNames, checkSource, companionsOf } from './add-checks.ts'
import { isAssetName } from './asset-name.ts'
import { makeFolders, printAt } from './disk.ts'
import { kindOf } from './file-kind.ts'
import { joinBytes, keyOf, nameOf, type PathBytes, splitExtension, toBytes } from './path-bytes.ts'
import { putFile, putText } from './put-file.ts'
import { showPath } from './show-path.ts'

export interface AddOptions {
  /** The ingest folder. */
  readonly ingest: string
  readonly profiles: ReadonlySet<string>
  /** The folder of this profile in it; else the root. */
  readonly profile?: string
  /** Name of the asset, for a single file: written into its options file. */
  readonly asset?: string
  /** `move` takes the files away from where they are. */
  readonly how: 'move' | 'copy'
  readonly onProgress?: (progress: AddProgress) => void
  readonly signal?: AbortSignal
}

export interface AddProgress {
  /** The source whose files are being put there. */
  readonly source: string
  readonly file: string
  readonly bytes: number
  readonly size: number
}

export interface Added {
  readonly source: string
  /** Where it was put. */
  readonly path: string
  readonly bytes: number
  /** Names of the options and captions files that went along. */
  readonly companions: readonly string[]
}

/**
 * Puts files into the ingest folder so that no half of one is ever seen: under a dotted name until it is whole and on
 * disk, then renamed; options and captions first, so that the source never is there without. Nothing is overwritten,
 * and all is checked before anything is put there.
 */
export async function addFiles(files: readonly (string | PathBytes)[], options: AddOptions): Promise<Added[]> {
  if (options.profile !== undefined && !options.profiles.has(options.profile)) {
    throw new Problem(errors.usage, `There is no profile "${options.profile}"; there are ${[...options.profiles].toSorted().join(', ')}.`)
  }
  if (options.asset !== undefined && !isAssetName(options.asset)) {
    throw new Problem(errors.usage, `"${options.asset}" cannot name an asset: use letters, digits, ".", "_" and "-", folders by "/", at most 200 characters.`)
  }
  const folder = await onThisHost(options, () => makeFolders(options.ingest, options.profile === undefined ? [] : [Buffer.from(options.profile)]))
  const given = new Map(files.map((file) => [keyOf(toBytes(file)), toBytes(file)]))
  const sources = [...given.values()].filter((path) => !['options', 'captions'].includes(kindOf(nameOf(path))))
  if (options.asset !== undefined && sources.length !== 1) throw new Problem(errors.usage, `An asset name is for one source; ${sources.length} were given.`)
  const batches = await Promise.all(sources.map(async (source) => ({ source, companions: await companionsOf(source) })))
  const carried = new Set(batches.flatMap(({ companions }) => companions.map(keyOf)))
  for (const [key, path] of given) {
    if (sources.includes(path) || carried.has(key)) continue
    throw new Problem(errors.usage, `${showPath(path)} is an options or captions file; name the source that it belongs to, and it goes along.`)
  }
  for (const { source, companions } of batches) await checkSource(source, companions, folder)
  checkNames(batches.flatMap(({ source, companions }) => [source, ...companions]))

  const added: Added[] = []
  for (const { source, companions } of batches) added.push(await onThisHost(options, () => addOne(source, companions, folder, options)))
  return added
}

async function addOne(source: PathBytes, companions: readonly PathBytes[], folder: PathBytes, options: AddOptions): Promise<Added> {
  const { how, asset, onProgress, signal } = options
  const put = (file: PathBytes) =>
    putFile(file, folder, {
      how,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress: (bytes: number, size: number) => onProgress({ source: showPath(source), file: showPath(file), bytes, size }) }),
    })
  const optionsFile = companions.find((path) => kindOf(nameOf(path)) === 'options')
  for (const companion of companions) if (companion !== optionsFile || asset === undefined) await put(companion)
  if (asset !== undefined) {
    const name = optionsFile === undefined ? Buffer.concat([splitExtension(nameOf(source)).stem, Buffer.from('.json')]) : nameOf(optionsFile)
    await putText(`${JSON.stringify({ ...(optionsFile === undefined ? {} : await readObject(optionsFile)), asset }, null, 2)}\n`, joinBytes(folder, name))
    if (optionsFile !== undefined && how === 'move') await unlink(optionsFile)
  }
  const bytes = Number((await printAt(source))?.size ?? 0n)
  const path = await put(source)
  return { source: showPath(source), path: showPath(path), bytes, companions: companions.map((companion) => showPath(nameOf(companion))) }
}

async function readObject(path: PathBytes): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('it is no object')
    return value as Record<string, unknown>
  } catch (error) {
    if (error instanceof SyntaxError) throw new Problem(errors.usage, `The options file ${showPath(path)} is not valid: ${error.message}.`, {}, error)
    throw error
  }
}

async function onThisHost<T>({ ingest, signal }: AddOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Problem || signal?.aborted === true || systemCodeOf(error) === undefined) throw error
    throw new Problem(errors.environment, `The ingest folder ${ingest} cannot be filled: ${messageOf(error)}. See that it exists, that you may write to it, and that there is space.`, {}, error)
  }
}
