import { stat } from 'node:fs/promises'
import { syncDirectory } from '../../../shared/files/atomic.ts'
import { messageOf, Problem } from '../../../shared/errors/problem.ts'
import type { AgentConfig } from '../../config.ts'
import { errors } from '../../errors.ts'
import { storageFix } from '../../../shared/files/storage-fix.ts'
import type { Route } from '../../switching/route.ts'
import type { LogMark } from '../error-log.ts'
import { findMaster } from '../process/master.ts'
import { probeListener } from '../probe.ts'
import type { Proof, ServicePlan, TrafficChange } from '../traffic.ts'
import { askRoutes, type RouteAnswer } from '../verify-client.ts'
import { stepsBetween, tellingBuckets } from './buckets.ts'
import { currentGeneration, generationFor, pointTo } from './generations.ts'
import { probeRoute, proveRoute, type ProbeListener } from './prove.ts'
import { settleMarkers } from './settle.ts'
import { explainBlindness } from './untraversable.ts'

export interface MarkerTools {
  readonly probe: ProbeListener
}

interface Step {
  readonly route: Route
  readonly generation: string
}

/**
 * Prepares the change of one instant service’s route: its generations are written, nothing points to them yet.
 * Throws Problem `nginx_not_running`, `nginx_not_including`, `storage_failed`, or `not_applied` when Nginx cannot see
 * the markers even now.
 */
export async function prepareMarkers(
  config: AgentConfig,
  before: ServicePlan,
  after: ServicePlan,
  tools: MarkerTools = { probe: probeListener },
): Promise<TrafficChange> {
  const { name } = after
  const { routes_dir: routesDir } = config.nginx
  const from = currentGeneration(routesDir, name)
  const [baseline, mark, planned] = await Promise.all([
    answersNow(config, before, from),
    markOf(config.nginx.error_log),
    writeSteps(routesDir, name, stepsBetween(before.route, after.route)),
  ])
  const changes = planned.at(-1)?.generation !== from
  if (baseline === null) throw await unanswered(config, name)
  if (from !== null && blind(config, name, baseline)) throw await uselessNow(config, name, from, mark)
  const steps = changes ? planned : planned.slice(-1)
  const claim = (step: Step) => ({ service: name, mark, ...step })
  let applied: Step[] = []
  let durable: Promise<void> = Promise.resolve()

  async function go(way: readonly Step[], signal: AbortSignal): Promise<void> {
    for (const [index, step] of way.entries()) {
      pointTo(routesDir, name, step.generation)
      applied.push(step)
      // The next step is safe only when no request can meet the one before this any more.
      if (index < way.length - 1) await proveRoute(config, claim(step), signal)
    }
    durable = syncDirectory(routesDir)
    // Awaited by the proof, which runs beside it; a failure is reported there and not as unhandled here.
    durable.catch(() => {})
  }

  async function proveLast(step: Step, signal: AbortSignal): Promise<Proof> {
    const [proof] = await Promise.all([proveRoute(config, claim(step), signal), onDisk(durable, routesDir)])
    const probed = await probeRoute(config, name, step.route, tools.probe, signal)
    return probed === null ? proof : { evidence: `${proof.evidence}; ${probed.evidence}` }
  }

  return {
    changes,
    diff: '',
    warnings: [],
    record: { mechanism: 'markers', service: name, from, to: changes ? steps.map((step) => step.generation) : [] },
    async apply(signal) {
      applied = []
      if (changes) await inPlace(routesDir, () => go(steps, signal))
    },
    prove: async (signal) => proveLast(steps.at(-1)!, signal),
    async restore() {
      const signal = AbortSignal.timeout(config.nginx.apply_timeout * 2)
      const generation = from ?? (await generationFor(routesDir, name, before.route))
      const back = [...applied.slice(0, -1).toReversed(), { route: before.route, generation }]
      applied = []
      await inPlace(routesDir, () => go(back, signal))
      try {
        return await proveLast({ route: before.route, generation }, signal)
      } catch (error) {
        // Where Nginx is blind, or the probe does not fit, this is what was served before, if the answers are those from before.
        const now = await answersNow(config, before, generation)
        if (now === null || !sameAnswers(baseline, now)) throw error
        return { evidence: `${config.nginx.verify_listen} answers as it did before the change, though no more can be proven: ${messageOf(error)}` }
      }
    },
    settle: async () => settleMarkers(config, after, [from, ...steps.map((step) => step.generation)].filter((one) => one !== null)),
  }
}

async function writeSteps(routesDir: string, service: string, routes: readonly Route[]): Promise<Step[]> {
  const steps: Step[] = []
  await inPlace(routesDir, async () => {
    for (const route of routes) steps.push({ route, generation: await generationFor(routesDir, service, route) })
  })
  return steps
}

async function answersNow(config: AgentConfig, plan: ServicePlan, generation: string | null): Promise<RouteAnswer[] | null> {
  const questions = tellingBuckets(plan.route).map((bucket) => ({ service: plan.name, bucket, generation: generation ?? 'gen-0' }))
  return askRoutes(config.nginx.verify_listen, questions)
}

function sameAnswers(one: readonly RouteAnswer[], other: readonly RouteAnswer[]): boolean {
  return one.every(({ colour, maintenance }, index) => other[index]?.colour === colour && other[index]?.maintenance === maintenance)
}

/** Under `route_cache` a worker may still remember what it did not see; there the proof has to find out. */
function blind(config: AgentConfig, service: string, answers: readonly RouteAnswer[]): boolean {
  return config.services[service]?.route_cache === undefined && !answers.some((answer) => answer.generationSeen)
}

/** Refuses before anything is touched. */
async function uselessNow(config: AgentConfig, service: string, from: string, mark: LogMark | null): Promise<Problem> {
  const { reason, facts } = await explainBlindness(config, service, from, mark)
  return new Problem(errors.notApplied, `${service}: nothing was changed, since it would have no effect. ${reason}`, { service, generation: from, ...facts })
}

async function unanswered(config: AgentConfig, service: string): Promise<Problem> {
  const { verify_listen: address, pid_file: pidFile, include_dir: includeDir } = config.nginx
  const master = await findMaster(pidFile)
  return master === null
    ? new Problem(errors.nginxNotRunning, `Nginx is not running (${pidFile} names no master process); nothing was changed. Start it and ask again.`, { service })
    : new Problem(
        errors.nginxNotIncluding,
        `Nginx runs (pid ${master.pid}), but ${address} does not answer for ${service}; nothing was changed. ` +
          `Include ${includeDir}/http.conf in its http block and reload it; \`greenroom-agent status\` says where.`,
        { service },
      )
}

async function markOf(errorLog: string): Promise<LogMark | null> {
  // Without a log there is less to quote later, and the explanation says why.
  const found = await stat(errorLog).catch(() => null)
  return found === null ? null : { inode: found.ino, size: found.size }
}

async function onDisk(durable: Promise<void>, routesDir: string): Promise<void> {
  await inPlace(routesDir, () => durable)
}

/** A failure to write below `routesDir`, as a problem that says so. */
async function inPlace<T>(routesDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem(errors.storageFailed, `The markers in ${routesDir} cannot be written: ${messageOf(error)}. To go on, ${storageFix(error, 'agent')}.`, { directory: routesDir }, error)
  }
}
