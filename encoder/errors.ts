import { apiErrors, daemonErrors, kind } from '../shared/errors/api-errors.ts'
import type { ProblemKind } from '../shared/errors/problem.ts'

/** Every error that the encoder's API and commands can answer with. What stops a job stands in job-errors.ts. */
export const errors = {
  ...apiErrors,
  ...daemonErrors('encoder'),
  jobUnknown: kind('job_unknown', 404, 2, 'There is no such job'),
  assetUnknown: kind('asset_unknown', 404, 2, 'There is no such asset'),
  versionUnknown: kind('version_unknown', 404, 2, 'There is no such version of the asset'),
  fileUnknown: kind('file_unknown', 404, 2, 'There is no such file'),
  jobState: kind('job_state', 409, 3, 'The job is in a state in which this cannot be done'),
  alreadyInIngest: kind('already_in_ingest', 409, 3, 'A file of that name is in the ingest folder already'),
  nothingToRollBack: kind('nothing_to_roll_back', 422, 3, 'The asset has no older version to go back to'),
  versionIncomplete: kind('version_incomplete', 422, 3, 'The version lacks objects in the store'),
  sourceRefused: kind('source_refused', 422, 3, 'The source cannot be encoded'),
  storeUnavailable: kind('store_unavailable', 503, 1, 'The store does not take or give objects right now'),
  environment: kind('environment', 503, 1, 'This host lacks something that the work needs'),
  alreadyRunning: kind('already_running', 500, 1, 'Another encoder holds this work area'),
  stateDamaged: kind('state_damaged', 500, 2, 'The job state cannot be read'),
} as const satisfies Record<string, ProblemKind>
