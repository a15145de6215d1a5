import Fastify, { LogController, type FastifyInstance, type RawServerDefault } from 'fastify'
import type { ReplayGuard } from '../auth/replay.ts'
import type { TokenStore } from '../auth/token-store.ts'
import type { Daemon } from '../daemon.ts'
import type { Logger } from '../log.ts'
import { controlAccess, type AccessRules } from './access.ts'
import { createCredentials, type Credentials } from './authenticate.ts'
import { BODY_LIMIT, keepBodiesRaw } from './body.ts'
import { logCalls } from './log-calls.ts'
import { describeCalls, type ApiFacts } from './openapi.ts'
import { problemOf, sendProblem } from './problems.ts'
import { answerRefusals, type RefusedCall } from './refusals.ts'
import { decorateRequests } from './request.ts'
import { answerUnknown } from './unknown.ts'
import { checkRequests } from './validate.ts'

/** What the API of either daemon needs from the outside. */
export interface ApiDependencies {
  readonly log: Logger
  readonly tokens: TokenStore
  readonly replays: ReplayGuard
  /** Shown in the OpenAPI document. */
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  readonly heartbeatMs?: number
}

export interface ApiRules extends Omit<AccessRules, 'permissions'> {
  readonly daemon: Daemon
  readonly facts: ApiFacts
  /** Told each refused call that asked for a change. */
  readonly onRefused: (call: RefusedCall) => Promise<void>
  /** Makes a Problem of an error that only this daemon knows. */
  readonly translate?: (error: unknown) => unknown
}

/**
 * An API that has everything but its routes. What a request goes through, in order: who calls, may they, is the body of
 * the documented shape, then the route. Hooks that the daemon adds come after who and may.
 */
export async function createBaseApi({ daemon, facts, onRefused, translate = (error) => error, ...access }: ApiRules, deps: ApiDependencies): Promise<{ readonly app: FastifyInstance; readonly credentials: Credentials }> {
  const app: FastifyInstance = Fastify<RawServerDefault>({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    // A call whose connection was taken just before the end is answered like any other; what may not begin any more says so itself.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      sendProblem(reply, problemOf(daemon, error, request))
    },
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false },
  })
  const credentials = createCredentials(daemon, deps.tokens, deps.replays, deps.now)

  decorateRequests(app)
  logCalls(app)
  keepBodiesRaw(app)
  checkRequests(app)
  answerUnknown(app)
  answerRefusals(app, daemon, onRefused, translate)
  await controlAccess(app, daemon, credentials, { ...access, permissions: facts.permissions })
  await describeCalls(app, daemon, facts, deps.version)
  return { app, credentials }
}
