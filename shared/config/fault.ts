/** One thing that is wrong in a configuration. */
export interface Fault {
  /** The setting, as one would write it in TOML: `services.app.health.timeout`, `api.listen[1]`; '' for the file as a whole. */
  readonly place: string
  /** Line in the file, from 1; left out where no line is to blame. */
  readonly line?: number
  readonly column?: number
  /** What stands there, in words: `"2 s"`, `an unknown key`, `nothing`. */
  readonly found: string
  /** What should, and so what to do, in words. */
  readonly expected: string
  /** For an unknown key: the known one that was probably meant. */
  readonly nearest?: string
}

/** All that is wrong with one configuration file; the message has one line for each fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly file: string
  readonly faults: readonly Fault[]
  readonly #partial: unknown

  constructor(file: string, faults: readonly Fault[], cause?: unknown, partial?: unknown) {
    super(faults.map((fault) => describeFault(file, fault)).join('\n'), cause === undefined ? undefined : { cause })
    this.file = file
    this.faults = faults
    this.#partial = partial
  }

  /** What could be read of it, with defaults for what is wrong; undefined where that is not enough to look further. Logged nowhere. */
  get partial(): unknown {
    return this.#partial
  }
}

/** `agent.toml:12: services.app.strategy: found "instnat"; expected "instant" or "reload"`: editors jump to the line. */
export function describeFault(file: string, { place, line, column, found, expected, nearest }: Fault): string {
  const where = [file, line, column].filter((part) => part !== undefined).join(':')
  const wanted = nearest === undefined ? `expected ${expected}` : `did you mean ${nearest}?`
  return `${where}: ${place === '' ? '' : `${place}: `}found ${found}; ${wanted}`
}

/** A found value in words, at most about 80 characters long. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (value instanceof Date) return `a date (${value.toISOString()} without quotes)`
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value)
  return typeof value === 'object' && value !== null ? 'a table' : `${value as number | bigint | boolean}`
}

/** The place of a member: `services` + `app` → `services.app`; an index → `listen[0]`; quoted where TOML needs it. */
export function placeIn(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`
  const name = /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key)
  return parent === '' ? name : `${parent}.${name}`
}
