import { Type } from 'typebox'
import { answeredAs as json, refusals as everyRefusal, refusedAs as problem } from '../../../shared/api/schemas/answers.ts'
import { ref } from '../../../shared/api/schemas/problem.ts'
import { ColourSchema } from './service.ts'

export const ServiceParams = Type.Object({ service: Type.String({ description: 'Name of the service.' }) })
export const ServicePoolParams = Type.Object({ service: Type.String({ description: 'Name of the service.' }), colour: ColourSchema })

export const changeHeaders = Type.Object({
  'if-match': Type.Optional(Type.String({ description: 'The ETag of the service: refused with 412 when it changed since.' })),
  'idempotency-key': Type.Optional(Type.String({ description: 'Chosen by the caller: the same call again answers with the first operation.' })),
  prefer: Type.Optional(Type.String({ description: '`respond-async`: answered with 202 and a Location at once.' })),
})

/** The refusals that any call with a credential may be answered with. */
export const refusals = {
  ...everyRefusal,
  403: problem('`forbidden`: the role does not allow the call, or the service is not among the credential’s.'),
}

export const changeResponses = {
  200: json('The change is proven.', ref('Operation')),
  202: json('It runs; `Location` is the operation.', ref('Operation')),
  ...refusals,
  404: problem('`service_unknown`.'),
  409: problem('`operation_in_progress`, with the id of the other operation.'),
  412: problem('`revision_mismatch`.'),
  422: problem('`gate_refused`, `nothing_to_roll_back`, `pool_live`, `generated_file_edited`, `foreign_edit`, `idempotency_mismatch`: which, why, and what overrides it.'),
  502: problem('`not_applied`, `restore_failed`, `candidate_invalid`: Nginx did not take it; what was restored.'),
  503: problem('`nginx_not_running`, `nginx_not_including`, `reload_budget`, `stopping`.'),
  507: problem('`storage_failed`.'),
}
