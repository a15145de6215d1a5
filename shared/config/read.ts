import type { TSchema } from 'typebox'
import { describeValue, type Fault, placeIn } from './fault.ts'
import type { Formats } from './formats.ts'
import { nearest } from './nearest.ts'
import { expectedBy, formatOf, KEYWORDS, listed, placesOf, type Schema } from './schema.ts'

export interface ReadOptions {
  readonly formats: Formats
  /** Whether texts that were found may be secrets, and so must not be quoted. */
  readonly secret?: boolean
}

/** Stands for a value that cannot be used; its faults are noted. */
export const BROKEN = Symbol('broken')

/**
 * Reads a parsed TOML value by a schema: fills in defaults at every depth (also in records and lists), checks, and
 * decodes durations and sizes. Notes every fault and goes on: a broken entry of a record or a list is left out, any
 * other broken value stands at its default, so that rules over several fields can still be checked on the rest.
 * Own code instead of TypeBox's, whose defaults do not reach into records and whose errors name no near key.
 */
export function readBySchema(schema: TSchema, value: unknown, faults: Fault[], { formats, secret = false }: ReadOptions): unknown {
  const root = schema as Schema
  // A secret of digits that lost its quotes is a number, and one that looks like a date is a date.
  const describe = (value: unknown) => (secret && value !== undefined ? `${secretly(value)} (not shown, it may be a secret)` : describeValue(value))

  function read(schema: Schema, value: unknown, place: string): unknown {
    for (const keyword of Object.keys(schema)) {
      if (!KEYWORDS.has(keyword)) throw new TypeError(`the schema of ${place} uses "${keyword}", which is not checked`)
    }
    const checked = check(schema, value, place)
    return checked === BROKEN || schema['~codec'] === undefined ? checked : schema['~codec'].decode(checked)
  }

  function fault(place: string, found: string, expected: string, nearest?: string): typeof BROKEN {
    faults.push(nearest === undefined ? { place, found, expected } : { place, found, expected, nearest })
    return BROKEN
  }

  function check(schema: Schema, value: unknown, place: string): unknown {
    if (schema.enum !== undefined) return checkEnum(schema.enum, value, place)
    switch (schema.type) {
      case 'object':
        if (!isTable(value)) return fault(place, describe(value), expectedBy(schema, formats))
        return schema.properties === undefined ? readRecord(schema, value, place) : readObject(schema, value, place)
      case 'array':
        return Array.isArray(value) ? readArray(schema, value, place) : fault(place, describe(value), expectedBy(schema, formats))
      case 'string':
        return checkString(schema, value, place)
      case 'integer':
        if (Number.isSafeInteger(value) && (value as number) >= (schema.minimum ?? -Infinity) && (value as number) <= (schema.maximum ?? Infinity)) return value
        return fault(place, describe(value), expectedBy(schema, formats))
      case 'boolean':
        return typeof value === 'boolean' ? value : fault(place, describe(value), expectedBy(schema, formats))
      case undefined:
      default:
        throw new TypeError(`the schema of ${place} has no type`)
    }
  }

  function checkEnum(values: readonly string[], value: unknown, place: string): unknown {
    if (values.includes(value as string)) return value
    const meant = typeof value === 'string' ? nearest(value, values) : undefined
    return fault(place, describeValue(value), `${listed(values)}${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`)
  }

  function checkString(schema: Schema, value: unknown, place: string): unknown {
    const { format, pattern = '', minLength = 0, maxLength = Infinity } = schema
    const expected = expectedBy(schema, formats)
    if (typeof value !== 'string') return fault(place, describe(value), expected.endsWith('in quotes') ? expected : `${expected}, in quotes`)
    const fits = value.length >= minLength && value.length <= maxLength && new RegExp(pattern).test(value)
    const complaint = fits ? format && formatOf(formats, format).check(value) : expected
    // A complaint may quote what it is about.
    return complaint === undefined ? value : fault(place, describe(value), secret ? expected : complaint)
  }

  function readObject(schema: Schema, table: Record<string, unknown>, place: string): unknown {
    const { properties = {}, required = [] } = schema
    const result: Record<string, unknown> = {}
    let broken = false
    for (const [key, member] of Object.entries(properties)) {
      const at = placeIn(place, key)
      let value: unknown
      if (Object.hasOwn(table, key)) {
        value = read(member, table[key], at)
        if (value === BROKEN && member.default !== undefined) value = read(member, member.default, at)
        else if (value === BROKEN) broken ||= required.includes(key)
      } else if (member.default !== undefined) value = read(member, member.default, at)
      else if (required.includes(key)) {
        fault(at, 'nothing', expectedBy(member, formats))
        broken = true
      } else continue
      if (value !== BROKEN) result[key] = value
    }
    for (const key of Object.keys(table)) if (!Object.hasOwn(properties, key)) unknownKey(Object.keys(properties), key, place)
    return broken ? BROKEN : result
  }

  function unknownKey(known: readonly string[], key: string, place: string): void {
    const elsewhere = placesOf(root, key)
    const near = nearest(key, known)
    const meant = elsewhere.length > 0 ? elsewhere.map((path) => `"${path}"`).join(' or ') : near === undefined ? undefined : `"${near}"`
    fault(placeIn(place, key), 'an unknown key', known.length === 0 ? 'no keys here' : `one of the keys ${known.join(', ')}`, meant)
  }

  function readRecord(schema: Schema, table: Record<string, unknown>, place: string): unknown {
    const [[pattern, member] = []] = Object.entries(schema.patternProperties ?? {})
    if (pattern === undefined || member === undefined) throw new TypeError(`the schema of ${place} is a table without members`)
    // Without prototype: names come from people, and "constructor" must not be found unless it is there.
    const result = Object.create(null) as Record<string, unknown>
    for (const [key, value] of Object.entries(table)) {
      const at = placeIn(place, key)
      const before = faults.length
      let complaint = schema.propertyNames && formatOf(formats, schema.propertyNames.format).check(key)
      if (!new RegExp(pattern).test(key)) complaint ??= `a name that matches ${pattern}`
      if (complaint !== undefined) fault(at, `the name ${JSON.stringify(key)}`, complaint)
      const entry = read(member, value, at)
      if (faults.length === before && entry !== BROKEN) result[key] = entry
    }
    return result
  }

  function readArray(schema: Schema, list: readonly unknown[], place: string): unknown {
    const { items, minItems = 0, maxItems = Infinity } = schema
    if (items === undefined) throw new TypeError(`the schema of ${place} has no items`)
    if (list.length < minItems || list.length > maxItems) return fault(place, describe(list), expectedBy(schema, formats))
    const result: unknown[] = []
    for (const [index, item] of list.entries()) {
      const at = placeIn(place, index)
      const first = schema.uniqueItems === true ? list.indexOf(item) : index
      if (first < index) fault(at, `${describe(item)} a second time`, `each item once: remove it here or at ${placeIn(place, first)}`)
      const before = faults.length
      const value = read(items, item, at)
      if (value !== BROKEN && faults.length === before) result.push(value)
    }
    return result
  }

  return read(root, value, '')
}

function secretly(value: unknown): string {
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'number' || typeof value === 'bigint') return 'a number'
  return value instanceof Date ? 'a date' : Array.isArray(value) ? 'a list' : typeof value === 'boolean' ? 'true or false' : 'a table'
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
