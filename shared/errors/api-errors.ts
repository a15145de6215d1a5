import type { ProblemKind } from './problem.ts'

export function kind(code: string, status: number, exit: ProblemKind['exit'], title: string): ProblemKind {
  return { code, status, title, exit }
}

/** The errors that the API and the commands of every daemon have; each takes them into its own catalogue. */
export const apiErrors = {
  requestInvalid: kind('request_invalid', 400, 2, 'The request is not of the documented shape'),
  unauthenticated: kind('unauthenticated', 401, 1, 'No valid credential came with the request'),
  forbidden: kind('forbidden', 403, 1, 'The credential does not allow this call'),
  routeUnknown: kind('route_unknown', 404, 2, 'There is no such call'),
  methodNotAllowed: kind('method_not_allowed', 405, 2, 'The call exists, but not with this method'),
  requestTimeout: kind('request_timeout', 408, 2, 'The request did not arrive in time'),
  bodyTooLarge: kind('body_too_large', 413, 2, 'The request body is too large'),
  mediaTypeUnsupported: kind('media_type_unsupported', 415, 2, 'The request body is not JSON'),
  tooManyFailures: kind('too_many_failures', 429, 1, 'Too many failed credentials from this address'),
  tooManyStreams: kind('too_many_streams', 429, 1, 'The credential holds too many event streams'),
  headersTooLarge: kind('headers_too_large', 431, 2, 'The request line and headers are too large'),
  configInvalid: kind('config_invalid', 500, 2, 'The configuration is not valid'),
  // It may come free by itself, and an address may still be on its way: systemd tries again.
  addressUnavailable: kind('address_unavailable', 500, 1, 'An address of the API cannot be opened'),
  usage: kind('usage', 500, 2, 'The command was not understood'),
} as const satisfies Record<string, ProblemKind>

/** The errors whose titles name the daemon: `agent`, `encoder`. */
export function daemonErrors(noun: string) {
  return {
    internal: kind('internal', 500, 1, `The ${noun} made a mistake`),
    unreachable: kind('unreachable', 500, 1, `The ${noun} does not answer`),
    stopping: kind('stopping', 503, 1, `The ${noun} is stopping`),
    storageFailed: kind('storage_failed', 507, 1, `The ${noun} cannot write its state`),
  } as const satisfies Record<string, ProblemKind>
}

export type DaemonErrors = ReturnType<typeof daemonErrors>
