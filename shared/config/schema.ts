import { placeIn } from './fault.ts'
import type { Format, Formats } from './formats.ts'

/** The part of JSON Schema that configurations are written in. */
export interface Schema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'boolean'
  default?: unknown
  examples?: readonly unknown[]
  enum?: readonly string[]
  format?: string
  minLength?: number
  maxLength?: number
  pattern?: string
  minimum?: number
  maximum?: number
  items?: Schema
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  properties?: Record<string, Schema>
  required?: readonly string[]
  additionalProperties?: boolean
  patternProperties?: Record<string, Schema>
  propertyNames?: { format: string }
  '~codec'?: { decode(value: unknown): unknown }
}

export const KEYWORDS = new Set([
  'type', 'default', 'examples', 'enum', 'format', 'minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'items', 'minItems', 'maxItems', 'uniqueItems', 'properties', 'required',
  'additionalProperties', 'patternProperties', 'propertyNames', 'description', 'title',
])

/** Completes «expected …» for a schema as a whole. */
export function expectedBy(schema: Schema, formats: Formats): string {
  const { minimum, maximum, minItems = 0, maxItems } = schema
  if (schema.enum !== undefined) return listed(schema.enum)
  switch (schema.type) {
    case 'object':
      return expectedTable(schema)
    case 'array': {
      const size = maxItems !== undefined ? `${minItems} to ${maxItems} items` : minItems > 0 ? `at least ${minItems} item${minItems === 1 ? '' : 's'}` : ''
      return `a list in [ ]${size === '' ? '' : ` with ${size}`}${schema.items === undefined ? '' : `, each ${expectedBy(schema.items, formats)}`}`
    }
    case 'integer':
      if (minimum !== undefined && maximum !== undefined) return `a whole number from ${minimum} to ${maximum}`
      return minimum === undefined ? 'a whole number' : `a whole number, at least ${minimum}`
    case 'boolean':
      return 'true or false'
    case 'string':
      return expectedText(schema, formats)
    case undefined:
    default:
      throw new TypeError('a schema has no type')
  }
}

function expectedText({ format, pattern, minLength = 0, maxLength }: Schema, formats: Formats): string {
  if (format !== undefined) return formatOf(formats, format).expected
  if (pattern !== undefined) return `a text that matches ${pattern}`
  if (maxLength !== undefined) return `a text of ${minLength} to ${maxLength} characters`
  return minLength > 0 ? 'a text that is not empty' : 'a text in quotes'
}

function expectedTable({ properties = {}, required = [] }: Schema): string {
  const needed = required.filter((key) => properties[key]?.default === undefined)
  return needed.length === 0 ? 'a table' : `a table with ${needed.join(' and ')}`
}

export function formatOf(formats: Formats, name: string): Format {
  const format = formats[name]
  if (format === undefined) throw new TypeError(`the schema uses the format "${name}", which is not given`)
  return format
}

export function listed(values: readonly string[]): string {
  const quoted = values.map((value) => JSON.stringify(value))
  return quoted.length === 1 ? `${quoted[0]}` : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
}

/** Where in the whole schema a key of this name belongs: `nginx.reload`, `services.<name>.health`. */
export function placesOf(schema: Schema, key: string, place = ''): string[] {
  const places: string[] = []
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (name === key) places.push(placeIn(place, name))
    places.push(...placesOf(member, key, placeIn(place, name)))
  }
  for (const member of Object.values(schema.patternProperties ?? {})) places.push(...placesOf(member, key, `${place}.<name>`))
  if (schema.items !== undefined) places.push(...placesOf(schema.items, key, `${place}[]`))
  return places
}
