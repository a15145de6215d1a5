import { syncDirectory } from '../../../shared/files/atomic.ts'
import { messageOf } from '../../../shared/errors/problem.ts'
import type { AgentConfig } from '../../config.ts'
import type { Route } from '../../switching/route.ts'
import { findMaster } from '../process/master.ts'
import { probeListener } from '../probe.ts'
import type { ChangeRecord, Recovered, ServicePlan } from '../traffic.ts'
import type { MarkerTools } from './change.ts'
import { currentGeneration, generationFor, holds, pointTo } from './generations.ts'
import { probeRoute, proveRoute } from './prove.ts'

/**
 * Ends a change of markers whose process died after its intent. It is finished where the last generation is what the
 * running Nginx proves to serve; else the route goes back to what it was, on disk in any case, and proven where Nginx
 * runs. Throws what the file system throws.
 */
export async function recoverMarkers(
  config: AgentConfig,
  record: Extract<ChangeRecord, { mechanism: 'markers' }>,
  before: ServicePlan,
  after: ServicePlan,
  tools: MarkerTools = { probe: probeListener },
): Promise<Recovered> {
  const { service, from, to } = record
  const { routes_dir: routesDir, apply_timeout: timeout } = config.nginx
  const wanted = to.at(-1) ?? from
  const current = currentGeneration(routesDir, service)
  const running = (await findMaster(config.nginx.pid_file)) !== null
  const prove = async (route: Route, generation: string) => {
    const signal = AbortSignal.timeout(timeout * 2)
    const { evidence } = await proveRoute(config, { service, route, generation, mark: null }, signal)
    const probed = await probeRoute(config, service, route, tools.probe, signal)
    return probed === null ? evidence : `${evidence}; ${probed.evidence}`
  }

  let why = `${service} was on ${current ?? 'no generation'}, not on ${wanted}`
  if (wanted !== null && current === wanted) {
    if (running) {
      try {
        const evidence = await prove(after.route, wanted)
        await syncDirectory(routesDir)
        return { result: 'finished', detail: `The change had been applied, and is proven now (${evidence}).` }
      } catch (error) {
        why = messageOf(error)
      }
    } else {
      why = 'Nginx is not running and cannot prove the change'
    }
  }

  const generation = from !== null && holds(routesDir, from, service, before.route) ? from : await generationFor(routesDir, service, before.route)
  if (current !== generation) pointTo(routesDir, service, generation)
  await syncDirectory(routesDir)
  if (!running) return { result: 'restored', detail: `${why}; its markers point to ${generation} as before, which Nginx will serve once it runs.` }
  try {
    return { result: 'restored', detail: `${why}; ${generation} as before is back and proven (${await prove(before.route, generation)}).` }
  } catch (error) {
    return { result: 'unproven', detail: `${why}; its markers point to ${generation} as before, but Nginx does not prove it: ${messageOf(error)}` }
  }
}
