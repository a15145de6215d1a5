import { descriptionOf, type ApiDescription } from '../../shared/api/description.ts'
import { describeCalls, type ApiFacts } from '../../shared/api/openapi.ts'
import { AGENT } from '../daemon.ts'
import { PERMISSIONS } from './permissions.ts'
import { addRoutes, type RouteParts } from './routes.ts'
import { AuditEntrySchema, OperationSchema } from './schemas/operation.ts'
import { ServiceSchema } from './schemas/service.ts'

/** What the agent's OpenAPI document says of it as a whole. */
export const API_FACTS: ApiFacts = {
  description: 'Switches blue/green services behind the Nginx of this host, and proves that the switch took effect.',
  tags: [
    { name: 'view', description: 'Calls that only look.' },
    { name: 'changes', description: 'Calls that change what Nginx serves, and the pin cookie.' },
    { name: 'open', description: 'Calls that need no credential.' },
  ],
  schemas: [ServiceSchema, OperationSchema, AuditEntrySchema],
  permissions: PERMISSIONS,
}

/** The OpenAPI document, made from the routes without an agent that runs. */
export function describeApi(version: string): Promise<ApiDescription> {
  return descriptionOf(async (app) => {
    await describeCalls(app, AGENT, API_FACTS, version)
    await addRoutes(app, {} as RouteParts)
  })
}
