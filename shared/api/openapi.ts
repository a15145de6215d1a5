import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { Daemon } from '../daemon.ts'
import { rolesThatMay, type Permissions } from './permissions.ts'
import { ProblemSchema } from './schemas/problem.ts'

// The plugin’s types know OpenAPI 3.0 only, where this type did not exist.
const mutualTls = {
  type: 'mutualTLS',
  description: 'A client certificate whose name stands in the tokens file.',
} as unknown as { type: 'http'; scheme: string }

/** What the description says of the API as a whole. */
export interface ApiFacts {
  readonly description: string
  readonly tags: { name: string; description: string }[]
  /** Shapes that answers refer to by their `$id`, beside `Problem`. */
  readonly schemas: readonly unknown[]
  readonly permissions: Permissions
}

/** Collects the description of every call that is added after it. */
export async function describeCalls(app: FastifyInstance, { command, noun }: Daemon, { description, tags, schemas, permissions }: ApiFacts, version: string): Promise<void> {
  for (const schema of [ProblemSchema, ...schemas]) app.addSchema(schema)
  app.addHook('onRoute', ({ config, schema, url }) => {
    if (config?.permission === undefined || schema === undefined) return
    const roles = rolesThatMay(permissions, config.permission)
    if (roles.length === 0) throw new TypeError(`${url} needs the permission "${config.permission}", which no role has`)
    Object.assign(schema, { 'x-roles': roles })
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `Greenroom ${noun}`, version, description },
      tags,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: `A token made by \`${command} token create\`.` },
          signed: { type: 'http', scheme: 'Greenroom-HMAC-SHA256', description: 'A signed call; docs/reference/credentials.md has the format.' },
          certificate: mutualTls,
        },
      },
      security: [{ bearer: [] }, { signed: [] }, { certificate: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) => (typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`),
    },
  })
}
