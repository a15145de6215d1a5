import { chmodSync, mkdirSync } from 'node:fs'
import { syncDirectory } from '../../../shared/files/atomic.ts'
import type { AgentConfig } from '../../config.ts'
import type { HostPlan } from '../traffic.ts'
import { currentGeneration, generationFor, holds, pointTo } from './generations.ts'
import { routeOnDisk } from './on-disk.ts'

export interface Ensured {
  /** Services whose markers were missing or damaged, and are now as the plan says. */
  readonly created: readonly string[]
  /** Services whose markers are whole but tell another route than the plan. They are left to an operation, with proof. */
  readonly differing: readonly string[]
}

/**
 * Makes the markers that a plan needs and the disk does not have: at the first start, for a new service, after a loss.
 * `replace`: also where they tell another route; only for a proxy that serves nothing from them. Throws system errors.
 */
export async function ensureMarkers(config: AgentConfig, plan: HostPlan, { replace = false }: { replace?: boolean } = {}): Promise<Ensured> {
  const { routes_dir: routesDir } = config.nginx
  const created: string[] = []
  const differing: string[] = []
  // Only the directory itself is opened to the worker user; what lies above it is not ours to change.
  if (mkdirSync(routesDir, { recursive: true, mode: 0o755 }) !== undefined) chmodSync(routesDir, 0o755)
  for (const { name, route } of plan) {
    if (config.services[name]?.strategy !== 'instant') continue
    const current = currentGeneration(routesDir, name)
    if (current !== null && holds(routesDir, current, name, route)) continue
    if (current !== null && !replace && routeOnDisk(routesDir, name) !== null) {
      differing.push(name)
      continue
    }
    pointTo(routesDir, name, await generationFor(routesDir, name, route))
    created.push(name)
  }
  if (created.length > 0) await syncDirectory(routesDir)
  return { created, differing }
}
