import { apiErrors, daemonErrors, kind } from '../shared/errors/api-errors.ts'
import type { ProblemKind } from '../shared/errors/problem.ts'

/** Every error that the agent's API and commands can answer with. docs/reference/errors.md is made from it. */
export const errors = {
  ...apiErrors,
  ...daemonErrors('agent'),
  serviceUnknown: kind('service_unknown', 404, 2, 'There is no such service'),
  operationUnknown: kind('operation_unknown', 404, 2, 'There is no such operation'),
  operationInProgress: kind('operation_in_progress', 409, 3, 'Another operation of this service is running'),
  revisionMismatch: kind('revision_mismatch', 412, 3, 'The service changed since the revision you named'),
  gateRefused: kind('gate_refused', 422, 3, 'A gate refused the change'),
  nothingToRollBack: kind('nothing_to_roll_back', 422, 3, 'There is no previous colour to go back to'),
  pinsOff: kind('pins_off', 422, 3, 'The service does not honour pin cookies'),
  poolLive: kind('pool_live', 422, 3, 'The pool is serving traffic'),
  generatedFileEdited: kind('generated_file_edited', 422, 3, 'A generated file was edited by hand'),
  foreignEdit: kind('foreign_edit', 422, 3, 'A reload would activate somebody else’s edit'),
  idempotencyMismatch: kind('idempotency_mismatch', 422, 2, 'The Idempotency-Key was used for another request'),
  adoptRefused: kind('adopt_refused', 422, 3, 'The vhost cannot be brought under Greenroom, or back, safely'),
  notApplied: kind('not_applied', 502, 1, 'The change did not take effect and was restored'),
  restoreFailed: kind('restore_failed', 502, 1, 'The change did not take effect and could not be restored'),
  candidateInvalid: kind('candidate_invalid', 502, 1, 'Nginx rejects the new configuration'),
  nginxNotRunning: kind('nginx_not_running', 503, 1, 'Nginx is not running'),
  nginxNotIncluding: kind('nginx_not_including', 503, 1, 'Nginx does not include the generated files'),
  reloadBudget: kind('reload_budget', 503, 1, 'Too many workers of earlier reloads still linger'),
  alreadyRunning: kind('already_running', 500, 1, 'Another agent holds this state directory'),
  stateDamaged: kind('state_damaged', 500, 2, 'The state directory was changed by something else'),
} as const satisfies Record<string, ProblemKind>
