import Fastify, { type FastifyInstance } from 'fastify'

/** One call in the description. */
export interface DescribedCall {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  /** The roles that may make it; undefined: it is open. */
  readonly 'x-roles'?: readonly string[]
  readonly security?: readonly unknown[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly description?: string; readonly schema: DescribedSchema }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: DescribedSchema }>> }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: DescribedSchema }>> }>>
}

/** The part of JSON Schema that the calls are described with. */
export interface DescribedSchema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly DescribedSchema[]
  readonly properties?: Readonly<Record<string, DescribedSchema>>
  readonly required?: readonly string[]
  readonly items?: DescribedSchema
  readonly const?: unknown
  readonly $ref?: string
}

export interface ApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedCall>>>>
  readonly components: { readonly schemas: Readonly<Record<string, DescribedSchema>> }
}

/** The OpenAPI document, made from the routes without a daemon that runs: `add` describes and adds them, none is called. */
export async function descriptionOf(add: (app: FastifyInstance) => Promise<void>): Promise<ApiDescription> {
  await using app = Fastify()
  await add(app)
  await app.ready()
  return JSON.parse(JSON.stringify(app.swagger())) as ApiDescription
}
