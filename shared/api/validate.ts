import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

/** One thing wrong with a request. */
export interface RequestFault {
  /** `body.to`, `query.limit`, `path.colour`. */
  readonly place: string
  readonly expected: string
}

interface SchemaError {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params: Readonly<Record<string, unknown>>
  readonly schemaPath: string
}

/** A request that is not of its documented shape. Not a Problem, since Fastify writes a `code` of its own on it. */
export class RequestMalformed extends Error {
  override readonly name = 'RequestMalformed'
  readonly faults: readonly RequestFault[]

  constructor(faults: readonly RequestFault[]) {
    super(faults.map(({ place, expected }) => `${place}: ${expected}`).join('; '))
    this.faults = faults
  }
}

const PLACES: Readonly<Record<string, string>> = { body: 'body', querystring: 'query', params: 'path', headers: 'header' }
const MOST_FAULTS = 10

/** Checks requests against their schemas, without turning one type into another, and names all faults at once. */
export function checkRequests(app: FastifyInstance): void {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const compiled = Compile(schema)
    const place = PLACES[httpPart ?? 'body'] ?? 'body'
    return (value: unknown) => {
      if (compiled.Check(value)) return { value }
      return { error: new RequestMalformed(faultsOf(compiled.Errors(value), schema, place, value)) }
    }
  })
  // Answers are what the types say; a serialiser that drops what a schema does not know would hide facts from problems.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
}

/** Faults in words. Values are not quoted: they may be long, or secrets in a wrong place. */
export function faultsOf(found: readonly SchemaError[], schema: TSchema, place: string, value: unknown): RequestFault[] {
  if (value === null || value === undefined) return [{ place, expected: `needs ${membersOf(schema)}` }]
  return found.filter(({ keyword }) => keyword !== 'boolean').slice(0, MOST_FAULTS).flatMap(({ keyword, instancePath, message, params, schemaPath }) => {
    const at = `${place}${instancePath.replaceAll('/', '.').slice(0, 100)}`
    if (keyword === 'additionalProperties' && Array.isArray(params['additionalProperties'])) {
      const expected = `is not known; known are ${membersOf(schema)}`
      return params['additionalProperties'].slice(0, MOST_FAULTS).map((name) => ({ place: `${at}.${String(name).slice(0, 60)}`, expected }))
    }
    if (keyword === 'required' && Array.isArray(params['requiredProperties'])) {
      return params['requiredProperties'].map((name) => ({ place: `${at}.${String(name)}`, expected: 'is missing' }))
    }
    if (keyword === 'enum' && Array.isArray(params['allowedValues'])) {
      return [{ place: at, expected: `must be one of ${params['allowedValues'].join(', ')}` }]
    }
    if (keyword === 'pattern') return [{ place: at, expected: `must be ${describe(schema, schemaPath) ?? message}` }]
    return [{ place: at, expected: message }]
  })
}

function membersOf(schema: TSchema): string {
  const { properties } = schema as { properties?: Record<string, unknown> }
  const names = Object.keys(properties ?? {})
  return names.length === 0 ? 'nothing' : names.join(', ')
}

/** The description of the part of the schema that an error points to, `#/properties/reason`. */
function describe(schema: TSchema, pointer: string): string | undefined {
  let part: unknown = schema
  for (const step of pointer.split('/').slice(1)) part = (part as Record<string, unknown> | undefined)?.[step]
  const { description } = (part ?? {}) as { description?: unknown }
  return typeof description === 'string' ? description : undefined
}
