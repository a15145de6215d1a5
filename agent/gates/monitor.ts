import { setTimeout as delay } from 'node:timers/promises'
import type { HealthConfig } from '../config.ts'
import type { Colour } from '../switching/route.ts'
import type { HealthState, PoolView, ServerHealth } from '../switching/service-view.ts'
import { checkServer } from './check-server.ts'
import { limit } from './limit.ts'
import { found, notYet, poolState, stateAfter } from './pool-health.ts'
import { counted, newStreak, type Streak } from './streak.ts'

/** A pool to be watched. */
export interface MonitorTarget {
  readonly service: string
  readonly colour: Colour
  readonly health: HealthConfig
  readonly servers: readonly string[]
}

export interface HealthChange {
  readonly service: string
  readonly colour: Colour
  readonly before: HealthState
  readonly now: ServerHealth
}

export interface HealthMonitor {
  /** What was last found about these servers of a pool: `unhealthy` when one of them is, `healthy` when all are. */
  pool(service: string, colour: Colour, servers: readonly string[]): PoolView['health']
  [Symbol.asyncDispose](): Promise<void>
}

export interface MonitorDependencies {
  /** Called when a server's state changed. */
  readonly onChange?: (change: HealthChange) => void
  readonly check?: typeof checkServer
  readonly now?: () => Date
  /** Longest time until a server that came new into the targets is first checked, in ms. */
  readonly look?: number
}

interface Watched {
  streak: Streak
  health: ServerHealth
  due: number
  checking: boolean
}

/**
 * Checks the servers of all targets in the background, each every `monitor_interval`; "0s" leaves a target out.
 * The first check decides a server's state, after that it takes `successes` or `failures` in a row to change it.
 * `targets` is asked again each time, so pools may change.
 */
export function startHealthMonitor(targets: () => readonly MonitorTarget[], dependencies: MonitorDependencies = {}): HealthMonitor {
  const { onChange, check = checkServer, now = () => new Date(), look = 1000 } = dependencies
  const watched = new Map<string, Watched>()
  const stopping = new AbortController()
  const inTurn = limit(8)
  const underWay = new Set<Promise<void>>()

  const unlessStopping = (error: unknown) => {
    if (!stopping.signal.aborted) throw error
  }

  const checkOne = async (target: MonitorTarget, server: string, entry: Watched) => {
    const result = await inTurn(() => check(target.health, server, stopping.signal))
    const before = entry.health.state
    entry.streak = counted(entry.streak, result)
    entry.health = found(server, stateAfter(before, entry.streak, result, target.health), result, now())
    if (entry.health.state !== before) onChange?.({ service: target.service, colour: target.colour, before, now: entry.health })
  }

  /** Starts every check that is due; answers when the next one is. */
  const round = (at: number): number => {
    let next = at + look
    const wanted = new Set<string>()
    for (const target of targets()) {
      if (target.health.monitor_interval <= 0) continue
      for (const server of target.servers) {
        const key = keyOf(target.service, target.colour, server)
        wanted.add(key)
        const entry = watched.get(key) ?? { streak: newStreak(server), health: notYet(server), due: at, checking: false }
        watched.set(key, entry)
        if (entry.due <= at && !entry.checking) {
          entry.due = at + target.health.monitor_interval
          entry.checking = true
          const checking = checkOne(target, server, entry).finally(() => {
            entry.checking = false
            underWay.delete(checking)
          })
          underWay.add(checking)
          checking.catch(unlessStopping)
        }
        // A check that takes longer than the interval is due already; it is looked at again with the next round.
        if (entry.due > at) next = Math.min(next, entry.due)
      }
    }
    for (const key of watched.keys()) if (!wanted.has(key)) watched.delete(key)
    return next
  }

  const run = async () => {
    for (;;) {
      const pause = round(performance.now()) - performance.now()
      await delay(Math.max(pause, 1), undefined, { signal: stopping.signal })
    }
  }
  const running = run().catch(unlessStopping)

  return {
    pool(service, colour, servers) {
      const healths = servers.map((server) => watched.get(keyOf(service, colour, server))?.health ?? notYet(server))
      return { state: poolState(healths), servers: healths }
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await Promise.allSettled([running, ...underWay])
    },
  }
}

function keyOf(service: string, colour: Colour, server: string): string {
  return `${service} ${colour} ${server}`
}
