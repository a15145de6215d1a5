import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, Problem } from '../../shared/errors/problem.ts'
import { acquireLock, LockHeld } from '../../shared/files/lock.ts'
import type { Logger } from '../../shared/log.ts'
import { serial } from '../../shared/serial.ts'
import type { AgentConfig } from '../config.ts'
import { errors } from '../errors.ts'
import { startHealthMonitor, type HealthChange } from '../gates/monitor.ts'
import type { ServiceStates } from '../journal/entries.ts'
import { Ledger } from '../journal/ledger.ts'
import { createNginxTraffic } from '../nginx/nginx-traffic.ts'
import type { Traffic } from '../nginx/traffic.ts'
import { storageFix } from '../../shared/files/storage-fix.ts'
import { establish } from './establish.ts'
import type { Operation, Step } from './operation.ts'
import { hostPlan } from './plan.ts'
import { recoverOperation } from './recover.ts'
import { COLOURS, type Colour } from './route.ts'
import { HostSwitching } from './switching.ts'
import { Upkeep } from './upkeep.ts'
import { serviceView } from './view.ts'

export type OnStep = (step: Step, operation: Operation) => void

export interface OpenOptions {
  /** Told each step as it is entered. */
  readonly onStep?: OnStep
  /** Whether servers are checked and Nginx is looked at in the background; a single command does without. Default true. */
  readonly background?: boolean
}

/**
 * Takes the state directory, ends what a crash left open, and brings generated files, markers and the running Nginx
 * together. What cannot be done yet (Nginx not running, include missing) is a problem of `ready()`, not a failure.
 * @throws Problem `already_running`, `state_damaged`, `storage_failed`
 */
export async function openSwitching(config: AgentConfig, log: Logger, options: OpenOptions = {}): Promise<HostSwitching> {
  await using opening = new AsyncDisposableStack()
  await takeStateDirectory(config.state_dir, opening)
  const ledger = await Ledger.open(config.state_dir)
  opening.defer(async () => ledger.close())
  const traffic = createNginxTraffic(config, log)
  const plan = (states: ServiceStates) => hostPlan(config, states)

  await recoverAll(ledger, traffic, plan, log)
  await takeStock(config, ledger, traffic, plan, log)

  const { background = true, onStep } = options
  const monitor = background ? startHealthMonitor(() => targets(config, ledger), { onChange: (change) => logHealth(log, change) }) : null
  if (monitor !== null) opening.use(monitor)
  const upkeep: Upkeep = new Upkeep({
    traffic,
    log,
    plan: () => plan(ledger.services),
    install: async (reason) => switching.runOwn(reason, async (_, after) => traffic.prepareInstall(after, { force: false, urgent: false })),
    busy: () => switching.running().length > 0,
    catchUp: async () => ledger.catchUp(),
    former: () => Object.keys(ledger.services).filter((name) => config.services[name]?.strategy !== 'instant'),
  })
  const steps = new Map<string, Step | null>()
  const switching: HostSwitching = new HostSwitching({
    config,
    host: { traffic, ledger, inTurn: serial(), plan, changeDeadline: config.nginx.apply_timeout * 3 },
    view: (name, state, operation) => {
      const service = config.services[name]
      if (service === undefined) throw new Problem(errors.serviceUnknown, `There is no service ${name}.`)
      const health = (colour: Colour) => monitor?.pool(name, colour, state.pools[colour]) ?? { state: 'unknown' as const, servers: [] }
      return serviceView({ name, config: service, state, generation: traffic.generation(name), health, operation })
    },
    problems: () => upkeep.problems,
    warnings: (service) => upkeep.warnings(service),
    onOperation: (operation) => {
      const { id, step, outcome } = operation
      if (step !== null && steps.get(id) !== step) onStep?.(step, operation)
      if (step === null) steps.delete(id)
      else steps.set(id, step)
      if (step === null && outcome !== null) logOutcome(log, operation)
    },
    onListenerError: (error) => log.error({ err: error }, 'somebody who follows operations failed'),
    resources: opening.move(),
  })
  try {
    await upkeep.look('the agent was started')
  } catch (error) {
    await switching[Symbol.asyncDispose]()
    throw error
  }
  if (background) {
    upkeep.start()
    switching.release(upkeep)
  }
  return switching
}

async function takeStateDirectory(directory: string, resources: AsyncDisposableStack): Promise<void> {
  try {
    // Traversable, since the route markers usually lie below it and Nginx's workers must reach them.
    await mkdir(directory, { recursive: true, mode: 0o755 })
    resources.use(await acquireLock(join(directory, 'lock')))
  } catch (error) {
    if (error instanceof LockHeld) {
      throw new Problem(
        errors.alreadyRunning,
        `${directory} is in use by another agent${error.pid === null ? '' : ` (process ${error.pid})`}. One agent owns it at a time: ` +
          'stop that one, or talk to it (`greenroom-agent status`).',
        { pid: error.pid },
        error,
      )
    }
    throw new Problem(errors.storageFailed, `The state directory ${directory} cannot be used: ${messageOf(error)}. To go on, ${storageFix(error, 'agent')}; then start again.`, {}, error)
  }
}

async function recoverAll(ledger: Ledger, traffic: Traffic, plan: (states: ServiceStates) => ReturnType<typeof hostPlan>, log: Logger): Promise<void> {
  for (const intent of ledger.replayed.unfinished.values()) {
    const outcome = await recoverOperation(traffic, intent, plan)
    await ledger.append(outcome)
    log.warn({ operation: outcome.operation.id, outcome: outcome.operation.outcome }, outcome.operation.warnings.at(-1))
  }
}

async function takeStock(
  config: AgentConfig,
  ledger: Ledger,
  traffic: Traffic,
  plan: (states: ServiceStates) => ReturnType<typeof hostPlan>,
  log: Logger,
): Promise<void> {
  const blank = establish(config, ledger.services, { serving: {}, routed: {}, remains: {} })
  const inspection = await traffic.inspect(plan(blank.services))
  const { services, notes } = establish(config, ledger.services, inspection)
  const warnings = [...ledger.warnings, ...notes]
  for (const warning of warnings) log.warn(warning)
  await ledger.append({ type: 'opened', pid: process.pid, warnings, services })
  await ledger.saveState()
}

function targets(config: AgentConfig, ledger: Ledger) {
  return Object.entries(config.services).flatMap(([name, { health }]) => {
    const state = ledger.services[name]
    if (health === undefined || state === undefined) return []
    return COLOURS.map((colour) => ({ service: name, colour, health, servers: state.pools[colour] }))
  })
}

function logHealth(log: Logger, { service, colour, before, now }: HealthChange): void {
  const text = `${service}: ${now.server} of the ${colour} pool is ${now.state}: ${now.detail}`
  if (now.state === 'unhealthy') log.warn({ service, colour, before, ...now }, text)
  else log.info({ service, colour, before, ...now }, text)
}

function logOutcome(log: Logger, operation: Operation): void {
  const facts = { operation: operation.id, service: operation.service, outcome: operation.outcome, actor: operation.actor, timings_ms: operation.timings_ms }
  const text = `${operation.kind} of ${operation.service} to ${operation.to}: ${operation.problem?.detail ?? operation.outcome}`
  if (operation.outcome === 'succeeded') log.info(facts, text)
  else log.warn(facts, text)
}
