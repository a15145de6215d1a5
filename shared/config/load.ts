import { readFile } from 'node:fs/promises'
import { parse, TomlError } from 'smol-toml'
import type { StaticDecode, TSchema } from 'typebox'
import { messageOf, systemCodeOf } from '../errors/problem.ts'
import { ConfigError, type Fault } from './fault.ts'
import { type Formats, formats as sharedFormats } from './formats.ts'
import { lineOf, positionsOf } from './positions.ts'
import { BROKEN, readBySchema } from './read.ts'

export { ConfigError, type Fault }

export interface LoadOptions<S extends TSchema> {
  /** Formats that the schema uses beyond the shared ones. */
  readonly formats?: Formats
  /** Whether the file holds secrets: then no message quotes what was found. */
  readonly secret?: boolean
  /** Rules that span several fields. Not called where too much is broken to tell; an entry with faults is not in `config`. */
  readonly rules?: (config: StaticDecode<S>) => readonly Fault[]
}

/** Reads, checks, completes and decodes a TOML file. Throws one ConfigError with all of its faults. */
export async function loadConfig<S extends TSchema>(schema: S, file: string, options: LoadOptions<S> = {}): Promise<StaticDecode<S>> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    throw new ConfigError(file, [unreadable(error)], error)
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new ConfigError(file, [{ place: '', line: lineOfBadUtf8(bytes), found: 'bytes that are not UTF-8', expected: 'a TOML file saved as UTF-8' }], error)
  }
  return parseConfig(schema, text, file, options)
}

/** As `loadConfig`, for a text; `fileName` is what messages call it. */
export function parseConfig<S extends TSchema>(schema: S, text: string, fileName: string, options: LoadOptions<S> = {}): StaticDecode<S> {
  let value: unknown
  try {
    value = parse(text, { integersAsBigInt: 'asNeeded', maxDepth: 50 })
  } catch (error) {
    // The parser's error quotes the lines around it.
    const { secret = false } = options
    throw new ConfigError(fileName, [syntaxFault(text, error, secret)], secret ? undefined : error)
  }
  const faults: Fault[] = []
  const config = readBySchema(schema, value, faults, { formats: { ...sharedFormats, ...options.formats }, secret: options.secret === true })
  if (config !== BROKEN && options.rules !== undefined) {
    // Where a field is broken, its default was put to the rules: what they say of that field means nothing.
    const broken = new Set(faults.map(({ place }) => place))
    faults.push(...options.rules(config as StaticDecode<S>).filter(({ place }) => !broken.has(place)))
  }
  if (faults.length > 0) throw new ConfigError(fileName, withLines(text, faults), undefined, config === BROKEN || options.secret === true ? undefined : config)
  return config as StaticDecode<S>
}

/** The faults with the lines of a (valid) text that they are about, in the order of the text. */
export function withLines(text: string, faults: readonly Fault[]): Fault[] {
  const positions = positionsOf(text)
  return faults
    .map((fault) => {
      const line = fault.line ?? lineOf(positions, fault.place)
      return line === undefined ? fault : { ...fault, line }
    })
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

function unreadable(error: unknown): Fault {
  const expected = 'the configuration file: name another with --config'
  const code = systemCodeOf(error)
  if (code === 'ENOENT') return { place: '', found: 'no such file', expected }
  if (code === 'EACCES') return { place: '', found: 'a file that this user may not read', expected: 'a readable file: run as the right user, or see ls -l on the file and its directories' }
  if (code === 'EISDIR') return { place: '', found: 'a directory', expected }
  return { place: '', found: `a file that cannot be read (${messageOf(error)})`, expected }
}

function syntaxFault(text: string, error: unknown, secret: boolean): Fault {
  if (!(error instanceof TomlError)) throw error
  const [first = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
  const source = (text.split(/\r?\n/)[error.line - 1] ?? '').trim()
  return { place: '', line: error.line, column: error.column, found: `${secret ? 'a line' : `\`${source}\``}, which is not TOML (${first})`, expected: syntaxAdvice(source, first) }
}

function syntaxAdvice(source: string, message: string): string {
  if (message.includes('redefine')) return 'each key and each [table] once: merge the two, or remove one'
  if (/^[^=[]+$/.test(source) && !source.startsWith('[')) return 'key = value'
  if (/=\s*[^"'[{\s]/.test(source) || /\[\s*[^"'[{\]\s\d-]/.test(source.replace(/^\[/, ''))) return 'text, durations, sizes and addresses in quotes, as in timeout = "2s"'
  return 'valid TOML: see https://toml.io'
}

function lineOfBadUtf8(bytes: Buffer): number {
  const lines = bytes.toString('latin1').split('\n')
  const bad = lines.findIndex((line) => Buffer.from(line, 'latin1').toString('utf8').includes('\uFFFD'))
  return bad + 1
}
