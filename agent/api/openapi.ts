import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { rolesThatMay } from './permissions.ts'
import { AuditEntrySchema, OperationSchema } from './schemas/operation.ts'
import { ProblemSchema } from './schemas/problem.ts'
import { ServiceSchema } from './schemas/service.ts'

// The plugin’s types know OpenAPI 3.0 only, where this type did not exist.
const mutualTls = {
  type: 'mutualTLS',
  description: 'A client certificate whose name stands in the tokens file.',
} as unknown as { type: 'http'; scheme: string }

/** Collects the description of every call that is added after it. */
export async function describeCalls(app: FastifyInstance, version: string): Promise<void> {
  for (const schema of [ProblemSchema, ServiceSchema, OperationSchema, AuditEntrySchema]) app.addSchema(schema)
  app.addHook('onRoute', ({ config, schema }) => {
    if (config?.permission !== undefined && schema !== undefined) Object.assign(schema, { 'x-roles': rolesThatMay(config.permission) })
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Greenroom agent',
        version,
        description: 'Switches blue/green services behind the Nginx of this host, and proves that the switch took effect.',
      },
      tags: [
        { name: 'view', description: 'Calls that only look.' },
        { name: 'changes', description: 'Calls that change what Nginx serves, and the pin cookie.' },
        { name: 'open', description: 'Calls that need no credential.' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'A token made by `greenroom-agent token create`.' },
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
