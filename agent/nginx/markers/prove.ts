import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../../../shared/errors/problem.ts'
import type { AgentConfig, ProbeConfig } from '../../config.ts'
import { errors } from '../../errors.ts'
import type { Colour, Route } from '../../switching/route.ts'
import type { LogMark } from '../error-log.ts'
import type { Proof } from '../traffic.ts'
import { askRoutes, type RouteAnswer } from '../verify-client.ts'
import { colourOf, inMaintenance, tellingBuckets } from './buckets.ts'
import { explainBlindness } from './untraversable.ts'

export type ProbeListener = (config: ProbeConfig, expected: Colour | 'maintenance', signal: AbortSignal) => Promise<Proof>

/** Pause between two tries, where trying again can help: nobody answered, or Nginx may still remember the route before. */
const PAUSE_MS = 10

export interface Claim {
  readonly service: string
  readonly route: Route
  /** The generation that is to be seen. */
  readonly generation: string
  /** Where the error log ended before the change. */
  readonly mark: LogMark | null
}

/**
 * Proves that Nginx serves `route` from `generation`, by the generated loopback server. Every worker looks at the same
 * directory for each request, so one worker’s answer holds for all; with `route_cache`, only once that time has passed.
 * Throws Problem `not_applied` with what was answered instead and why.
 */
export async function proveRoute(config: AgentConfig, claim: Claim, signal: AbortSignal): Promise<Proof> {
  const { service, route, generation } = claim
  const { verify_listen: address, apply_timeout: timeout } = config.nginx
  const cacheMs = cacheOf(config, service)
  const buckets = tellingBuckets(route)
  const started = performance.now()
  try {
    if (cacheMs > 0) await delay(cacheMs, undefined, { signal })
    const end = performance.now() + timeout
    for (;;) {
      const asked = performance.now()
      const answers = await askRoutes(address, buckets.map((bucket) => ({ service, bucket, generation })), signal)
      const fault = answers === null ? `${address} does not answer for ${service}` : differenceOf(route, buckets, answers)
      if (fault === null && answers?.every((answer) => answer.generationSeen) === true) {
        return { evidence: `${address} answers as wanted for ${buckets.join(', ')} from ${generation}, ${Math.round(performance.now() - started)} ms after the change` }
      }
      const mayChange = answers === null || asked - started < cacheMs * 2
      if (!mayChange || performance.now() + PAUSE_MS > end) throw await failure(config, claim, fault, answers)
      await delay(PAUSE_MS, undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
    throw new Problem(errors.notApplied, `${service}: Nginx did not prove ${generation} in the time given. Look at \`greenroom-agent status\`.`, { service, generation }, error)
  }
}

/** How the answers, in the order of `buckets`, differ from what a route asks for; null when they do not. */
export function differenceOf(route: Route, buckets: readonly string[], answers: readonly RouteAnswer[]): string | null {
  const faults = buckets.flatMap((bucket, index) => {
    const answer = answers[index]
    const wanted = shown(colourOf(route, bucket), inMaintenance(route, bucket))
    const found = answer === undefined ? 'nothing' : shown(answer.colour, answer.maintenance)
    return found === wanted ? [] : [`${bucket} gets ${found} instead of ${wanted}`]
  })
  return faults.length === 0 ? null : faults.join(', ')
}

/** The real listener’s word, where the service configures a probe and an unpinned client’s answer is certain. */
export async function probeRoute(config: AgentConfig, service: string, route: Route, probe: ProbeListener, signal: AbortSignal): Promise<Proof | null> {
  const settings = config.services[service]?.probe
  if (settings === undefined) return null
  if (route.maintenance !== 'off') return probe(settings, 'maintenance', signal)
  if (route.weights.green !== 0 && route.weights.green !== 100) return null
  return probe(settings, route.weights.green === 100 ? 'green' : 'blue', signal)
}

/** `route_cache` as Nginx counts it, in whole seconds; in ms, 0 without. */
function cacheOf(config: AgentConfig, service: string): number {
  return Math.ceil((config.services[service]?.route_cache ?? 0) / 1000) * 1000
}

function shown(colour: Colour, maintenance: boolean): string {
  return maintenance ? `maintenance (${colour} behind it)` : colour
}

async function failure(config: AgentConfig, { service, generation, mark }: Claim, fault: string | null, answers: RouteAnswer[] | null): Promise<Problem> {
  const served = fault === null ? '' : ` (${fault})`
  if (answers === null) {
    return new Problem(
      errors.notApplied,
      `${service}: ${config.nginx.verify_listen} did not answer within ${config.nginx.apply_timeout / 1000} s, so nothing is known about ${generation}. Is Nginx running? Look at its error log.`,
      { service, generation },
    )
  }
  if (answers.every((answer) => answer.generationSeen)) {
    return new Problem(
      errors.notApplied,
      `${service}: Nginx sees ${generation} but serves otherwise${served}. What it has loaded is not what was generated: ` +
        'reload Nginx, or look at `greenroom-agent status`.',
      { service, generation },
    )
  }
  const { reason, facts } = await explainBlindness(config, service, generation, mark)
  return new Problem(errors.notApplied, `${service}${served}: ${reason}`, { service, generation, ...facts })
}
