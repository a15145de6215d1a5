import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { describeFault, type Fault } from '../../shared/config/fault.ts'
import { BROKEN, readBySchema } from '../../shared/config/read.ts'
import { messageOf } from '../../shared/errors/problem.ts'
import { canonicalLanguage } from './companions.ts'
import type { ClaimFault, SourceOptions } from './contract.ts'
import { OptionsSchema, optionFormats } from './options-schema.ts'
import type { PathBytes } from './path-bytes.ts'

export interface ReadOptions {
  readonly options: SourceOptions
  readonly fault: ClaimFault | null
}

export interface OptionsContext {
  /** Name of the options file, for people. */
  readonly name: string
  readonly profiles: ReadonlySet<string>
  /** Names of the captions files that came with the source. */
  readonly captions: ReadonlySet<string>
}

const NO_OPTIONS: ReadOptions = { options: {}, fault: null }

/** Larger ones are somebody else's JSON: an export, a manifest. */
const LARGEST = 65_536

/** Reads an options file from disk; null for none. It never throws for what is in it: that is a fault of the source. */
export async function readOptionsFile(path: PathBytes | string | null, context: OptionsContext): Promise<ReadOptions> {
  if (path === null) return NO_OPTIONS
  // A link or a FIFO put in its place since it was looked at is neither followed nor waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const buffer = Buffer.alloc(LARGEST + 1)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    return parseOptions(buffer.subarray(0, bytesRead), context)
  } finally {
    await file.close()
  }
}

/** Every fault at once. What is right in a faulty file still counts, so that the job has the asset's name. */
export function parseOptions(bytes: Uint8Array, context: OptionsContext): ReadOptions {
  if (bytes.length > LARGEST) return { options: {}, fault: faultOf(context, [`it is larger than ${LARGEST / 1024} KiB, so hardly an options file`]) }
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    return { options: {}, fault: faultOf(context, [`it is not JSON: ${messageOf(error)}`]) }
  }
  const faults: Fault[] = []
  const read = readBySchema(OptionsSchema, value, faults, { formats: optionFormats(context.profiles, context.captions) })
  const options = read === BROKEN ? {} : withCanonicalLanguages(read as SourceOptions)
  return { options, fault: faults.length === 0 ? null : faultOf(context, faults.map((fault) => describeFault('', fault).replace(/^: /, ''))) }
}

function faultOf({ name }: OptionsContext, complaints: readonly string[]): ClaimFault {
  const count = complaints.length === 1 ? '' : `${complaints.length} faults: `
  return {
    message: `The options file ${name} cannot be used: ${count}${complaints.join('; ')}.`,
    advice: `Correct or remove ${name}, and drop it again together with its source.`,
  }
}

function withCanonicalLanguages(options: SourceOptions): SourceOptions {
  const canonical = <T extends { readonly language?: string }>(from: T): T => (from.language === undefined ? from : { ...from, language: canonicalLanguage(from.language) ?? from.language })
  const captions = options.captions && Object.fromEntries(Object.entries(options.captions).map(([name, said]) => [name, canonical(said)]))
  return canonical(captions === undefined ? options : { ...options, captions })
}
