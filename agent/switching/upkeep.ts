import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../shared/log.ts'
import { messageOf } from '../../shared/errors/problem.ts'
import type { HostPlan, Inspection, Traffic } from '../nginx/traffic.ts'
import type { Operation } from './operation.ts'

/** How often Nginx is looked at for a start, stop or reload by somebody else, in ms; a look reads two files of /proc. */
const LOOK_INTERVAL = 2000

export interface UpkeepParts {
  readonly traffic: Traffic
  readonly plan: () => HostPlan
  readonly log: Logger
  /** Installs the generated files with proof, as an operation. */
  readonly install: (reason: string) => Promise<Operation>
  readonly busy: () => boolean
  /** Writes what the disk refused before, if anything. */
  readonly catchUp: () => Promise<void>
  /** Services that the journal knows and the configuration does not, or not as instant ones. */
  readonly former: () => readonly string[]
}

/** Pure: what the generated files need, and what keeps the agent from doing its work. */
export function assess(inspection: Inspection): { readonly need: 'nothing' | 'install' | 'write'; readonly problems: readonly string[] } {
  const { running, included, include_hint, files, edited, loaded, routed, hindrances } = inspection
  if (files === 'edited') {
    const names = edited.map(({ file }) => file).join(', ')
    return { need: 'nothing', problems: [`${names} was edited by hand. Move the edit to a file of your own, and switch a service to its live colour with force, which replaces the file and keeps a copy.`] }
  }
  const stale = files !== 'current' || Object.values(routed).includes(false)
  if (!running) return { need: stale ? 'write' : 'nothing', problems: ['Nginx is not running. Start it: it will serve the journaled routes.'] }
  if (!included) return { need: stale ? 'write' : 'nothing', problems: [include_hint ?? 'Nginx does not include the generated files.'] }
  return { need: stale || !loaded ? 'install' : 'nothing', problems: Object.values(hindrances).flat() }
}

/** Keeps generated files and Nginx together: at start, and whenever somebody else starts, stops or reloads Nginx. */
export class Upkeep {
  readonly #parts: UpkeepParts
  readonly #stop = new AbortController()
  #problems: readonly string[] = ['Nginx has not been looked at yet.']
  #found: Pick<Inspection, 'wired' | 'hindrances'> = { wired: {}, hindrances: {} }
  /** Services whose route Nginx does not see, and why. */
  readonly #unseen = new Map<string, string>()
  #identity = ''
  #debt = ''
  #loop: Promise<void> | null = null

  constructor(parts: UpkeepParts) {
    this.#parts = parts
  }

  get problems(): readonly string[] {
    return [...this.#problems, ...this.#unseen.values()]
  }

  warnings(service: string): readonly string[] {
    const hindered = this.#found.hindrances[service] ?? []
    if (this.#found.wired[service] !== false) return hindered
    return [...hindered, `No server block of Nginx sends traffic through ${service}: clients will not see this. \`greenroom-agent adopt\` shows what to add.`]
  }

  /** Looks at Nginx and does what is needed; its problems are `problems` from then on. */
  async look(reason: string): Promise<void> {
    const { traffic, plan, log } = this.#parts
    this.#identity = traffic.identity()
    let inspection = await traffic.inspect(plan())
    const { need, problems } = assess(inspection)
    this.#note(problems)
    if (need === 'nothing' && inspection.files === 'current') for (const warning of await traffic.refresh(plan())) log.warn(warning)
    if (need === 'write') await traffic.writeForLater(plan())
    if (need === 'install') {
      const operation = await this.#parts.install(reason)
      this.#identity = traffic.identity()
      if (operation.outcome === 'succeeded') {
        inspection = await traffic.inspect(plan())
      } else {
        log.error({ operation: operation.id, problem: operation.problem }, 'the generated files could not be loaded')
        // Nginx may be asked to reload by hand, or be started anew: it should then find the right files.
        if (inspection.files !== 'current') await traffic.writeForLater(plan())
        this.#note([`The generated files are not loaded: ${operation.problem?.detail ?? 'unknown'} Mend it, then reload Nginx.`])
      }
    }
    this.#found = inspection
    // Where Nginx may still serve from an earlier configuration, their markers still decide.
    if (inspection.files === 'current' && (inspection.loaded || !inspection.running)) for (const warning of await traffic.forget(this.#parts.former())) log.warn(warning)
  }

  /** Begins to look from time to time. */
  start(): void {
    this.#loop = this.#run()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await delay(LOOK_INTERVAL, undefined, { signal })
        if (this.#parts.busy()) continue
        await this.#catchUp()
        await this.#watchRoutes()
        if (this.#parts.traffic.identity() !== this.#identity) await this.look('Nginx was started, stopped or reloaded, or markers were lost')
      } catch (error) {
        if (signal.aborted) return
        // Whatever kept it from being looked at: it is looked at again until that is over.
        this.#identity = ''
        this.#note([`Nginx cannot be looked at: ${messageOf(error)}`])
      }
    }
  }

  /** Someone changes a mode or a mount, and Nginx is blind for its route from then on: nothing else would tell. */
  async #watchRoutes(): Promise<void> {
    const { traffic, plan, log } = this.#parts
    const unseen = await traffic.unseen(plan())
    for (const service of unseen) {
      if (this.#unseen.has(service)) continue
      const why = await traffic.whyUnseen(service)
      this.#unseen.set(service, why)
      log.error({ service }, why)
    }
    for (const service of this.#unseen.keys()) {
      if (unseen.includes(service)) continue
      this.#unseen.delete(service)
      log.info({ service }, `Nginx sees the route of ${service} again`)
    }
  }

  /** A debt is a problem of its own, told by the ledger; here it only enters the log, once. */
  async #catchUp(): Promise<void> {
    try {
      await this.#parts.catchUp()
      this.#debt = ''
    } catch (error) {
      const debt = messageOf(error)
      if (debt !== this.#debt) this.#parts.log.error(debt)
      this.#debt = debt
    }
  }

  #note(problems: readonly string[]): void {
    if (problems.join() !== this.#problems.join()) {
      for (const problem of problems) this.#parts.log.warn(problem)
      if (problems.length === 0) this.#parts.log.info('Nginx serves the generated files')
    }
    this.#problems = problems
  }
}
