import type { ProblemKind } from '../shared/errors/problem.ts'

function kind(code: string, status: number, exit: ProblemKind['exit'], title: string): ProblemKind {
  return { code, status, title, exit }
}

/** Every error that the agent's API and commands can answer with. docs/reference/errors.md is made from it. */
export const errors = {
  requestInvalid: kind('request_invalid', 400, 2, 'The request is not of the documented shape'),
  unauthenticated: kind('unauthenticated', 401, 1, 'No valid credential came with the request'),
  forbidden: kind('forbidden', 403, 1, 'The credential does not allow this call'),
  routeUnknown: kind('route_unknown', 404, 2, 'There is no such call'),
  serviceUnknown: kind('service_unknown', 404, 2, 'There is no such service'),
  operationUnknown: kind('operation_unknown', 404, 2, 'There is no such operation'),
  methodNotAllowed: kind('method_not_allowed', 405, 2, 'The call exists, but not with this method'),
  operationInProgress: kind('operation_in_progress', 409, 3, 'Another operation of this service is running'),
  revisionMismatch: kind('revision_mismatch', 412, 3, 'The service changed since the revision you named'),
  bodyTooLarge: kind('body_too_large', 413, 2, 'The request body is too large'),
  mediaTypeUnsupported: kind('media_type_unsupported', 415, 2, 'The request body is not JSON'),
  headersTooLarge: kind('headers_too_large', 431, 2, 'The request line and headers are too large'),
  requestTimeout: kind('request_timeout', 408, 2, 'The request did not arrive in time'),
  gateRefused: kind('gate_refused', 422, 3, 'A gate refused the change'),
  nothingToRollBack: kind('nothing_to_roll_back', 422, 3, 'There is no previous colour to go back to'),
  pinsOff: kind('pins_off', 422, 3, 'The service does not honour pin cookies'),
  poolLive: kind('pool_live', 422, 3, 'The pool is serving traffic'),
  generatedFileEdited: kind('generated_file_edited', 422, 3, 'A generated file was edited by hand'),
  foreignEdit: kind('foreign_edit', 422, 3, 'A reload would activate somebody else’s edit'),
  idempotencyMismatch: kind('idempotency_mismatch', 422, 2, 'The Idempotency-Key was used for another request'),
  adoptRefused: kind('adopt_refused', 422, 3, 'The vhost cannot be brought under Greenroom, or back, safely'),
  tooManyFailures: kind('too_many_failures', 429, 1, 'Too many failed credentials from this address'),
  tooManyStreams: kind('too_many_streams', 429, 1, 'The credential holds too many event streams'),
  internal: kind('internal', 500, 1, 'The agent made a mistake'),
  notApplied: kind('not_applied', 502, 1, 'The change did not take effect and was restored'),
  restoreFailed: kind('restore_failed', 502, 1, 'The change did not take effect and could not be restored'),
  candidateInvalid: kind('candidate_invalid', 502, 1, 'Nginx rejects the new configuration'),
  nginxNotRunning: kind('nginx_not_running', 503, 1, 'Nginx is not running'),
  nginxNotIncluding: kind('nginx_not_including', 503, 1, 'Nginx does not include the generated files'),
  reloadBudget: kind('reload_budget', 503, 1, 'Too many workers of earlier reloads still linger'),
  stopping: kind('stopping', 503, 1, 'The agent is stopping'),
  storageFailed: kind('storage_failed', 507, 1, 'The agent cannot write its state'),
  configInvalid: kind('config_invalid', 500, 2, 'The configuration is not valid'),
  alreadyRunning: kind('already_running', 500, 2, 'Another agent holds this state directory'),
  stateDamaged: kind('state_damaged', 500, 2, 'The state directory was changed by something else'),
  unreachable: kind('unreachable', 500, 1, 'The agent does not answer'),
  usage: kind('usage', 500, 2, 'The command was not understood'),
} as const satisfies Record<string, ProblemKind>
