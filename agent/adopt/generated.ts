import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentConfig } from '../config.ts'
import { writeMaintenancePages } from '../nginx/generated/maintenance-pages.ts'
import { ensureMarkers } from '../nginx/markers/ensure.ts'
import { keepOriginals, readOwnFiles, refuseEdited } from '../nginx/reload/own-files.ts'
import { renderFiles } from '../nginx/render/render.ts'
import type { HostPlan, ServicePlan } from '../nginx/traffic.ts'
import type { Switching } from '../switching/contract.ts'
import type { FileSwap } from './record.ts'

/** What Nginx serves now for the services that the agent knows. */
export function plansOf(switching: Switching): ServicePlan[] {
  return switching.services().map(({ name, live, previous, weights, maintenance, pinned_through: through, pools }) => ({
    name,
    route: { live, previous, weights, maintenance: maintenance ? (through ? 'pinned_through' : 'on') : 'off' },
    pools: { blue: pools.blue.servers, green: pools.green.servers },
  }))
}

/**
 * The generated files of a plan as a change like that of any other file, so that they take effect together with the
 * vhost in one reload: an upstream must be in exactly one of the two. Its nonce is new, which proves that reload.
 */
export async function generatedSwaps(config: AgentConfig, plan: HostPlan): Promise<FileSwap[]> {
  const after = renderFiles(config, plan, randomBytes(12).toString('hex'))
  const { texts, edited } = await readOwnFiles(config, after.keys())
  if (edited.length > 0) throw refuseEdited(edited)
  const names = [...after.keys(), ...[...texts.keys()].filter((name) => !after.has(name))]
  return names
    .map((name) => ({ path: join(config.nginx.include_dir, name), before: texts.get(name) ?? null, after: after.get(name) ?? null }))
    .filter(({ before, after }) => before !== after)
}

/** What the generated files of a new service refer to: its markers and its maintenance page. Nothing uses them yet. */
export async function prepareService(config: AgentConfig, plan: ServicePlan): Promise<void> {
  await ensureMarkers(config, [plan], { replace: true })
  await mkdir(join(config.nginx.include_dir, 'server/beside'), { recursive: true, mode: 0o755 })
  await writeMaintenancePages(config)
}

/** After a change: remembers what was generated, so that a later edit by hand can be shown. */
export async function rememberGenerated(config: AgentConfig, swaps: readonly FileSwap[]): Promise<void> {
  const texts = swaps.flatMap(({ path, after }) => (after === null ? [] : [[path.slice(config.nginx.include_dir.length + 1), after] as const]))
  await keepOriginals(config, new Map(texts))
}
