import { descriptionOf, type ApiDescription } from '../../shared/api/description.ts'
import { describeCalls, type ApiFacts } from '../../shared/api/openapi.ts'
import type { EncoderConfig } from '../config.ts'
import { ENCODER } from '../daemon.ts'
import { PERMISSIONS } from './permissions.ts'
import { addRoutes, type RouteParts } from './routes.ts'
import { AssetSchema, StoreSchema } from './schemas/asset.ts'
import { IntakeSchema, WaitingSchema } from './schemas/intake.ts'
import { JobDetailSchema, JobSchema } from './schemas/job.ts'
import { HousekeepingSchema, RepairReportSchema, VerifyReportSchema } from './schemas/store.ts'

/** What the encoder's OpenAPI document says of it as a whole. */
export const API_FACTS: ApiFacts = {
  description: 'Takes what is dropped into a folder, encodes it into an adaptive ladder, and publishes it.',
  tags: [
    { name: 'view', description: 'Calls that only look.' },
    { name: 'changes', description: 'Calls that change what becomes of jobs, intake and assets.' },
    { name: 'open', description: 'Calls that need no credential.' },
  ],
  schemas: [JobSchema, JobDetailSchema, WaitingSchema, IntakeSchema, AssetSchema, StoreSchema, VerifyReportSchema, RepairReportSchema, HousekeepingSchema],
  permissions: PERMISSIONS,
}

/** The OpenAPI document, made from the routes without an encoder that runs. */
export function describeApi(version: string): Promise<ApiDescription> {
  const control = { subscribe: () => () => {} }
  return descriptionOf(async (app) => {
    await describeCalls(app, ENCODER, API_FACTS, version)
    await addRoutes(app, { control, config: { store: {} } as EncoderConfig } as unknown as RouteParts)
  })
}
