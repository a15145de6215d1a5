import type { ProblemKind } from '../shared/errors/problem.ts'

function kind(code: string, status: number, exit: ProblemKind['exit'], title: string): ProblemKind {
  return { code, status, title, exit }
}

/** Every error that the encoder's API and commands can answer with, beside those that every API has (shared/api). What stops a job stands in job-errors.ts. */
export const errors = {
  jobUnknown: kind('job_unknown', 404, 2, 'There is no such job'),
  assetUnknown: kind('asset_unknown', 404, 2, 'There is no such asset'),
  versionUnknown: kind('version_unknown', 404, 2, 'There is no such version of the asset'),
  jobState: kind('job_state', 409, 3, 'The job is in a state in which this cannot be done'),
  alreadyInIngest: kind('already_in_ingest', 409, 3, 'A file of that name is in the ingest folder already'),
  nothingToRollBack: kind('nothing_to_roll_back', 422, 3, 'The asset has no older version to go back to'),
  sourceRefused: kind('source_refused', 422, 3, 'The source cannot be encoded'),
  environment: kind('environment', 503, 1, 'This host lacks something that the work needs'),
  configInvalid: kind('config_invalid', 500, 2, 'The configuration is not valid'),
  alreadyRunning: kind('already_running', 500, 2, 'Another encoder holds this work area'),
  stateDamaged: kind('state_damaged', 500, 2, 'The job state cannot be read'),
  internal: kind('internal', 500, 1, 'The encoder made a mistake'),
  stopping: kind('stopping', 503, 1, 'The encoder is stopping'),
  unreachable: kind('unreachable', 500, 1, 'The encoder does not answer'),
  usage: kind('usage', 500, 2, 'The command was not understood'),
} as const satisfies Record<string, ProblemKind>
