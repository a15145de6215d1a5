import { messageOf } from '../../../shared/errors/problem.ts'
import type { AgentConfig } from '../../config.ts'
import { readGenerated, writeGenerated } from '../generated/ownership.ts'
import { besideFileOf } from '../names.ts'
import { renderRouteTests } from '../render/render.ts'
import type { ServicePlan } from '../traffic.ts'
import { pruneGenerations } from './generations.ts'

/**
 * Brings the fallback colour in the service’s generated file to the live one, for the next time that Nginx reads it,
 * and removes old generations. Neither is seen by any request, so what fails is a warning and is done next time.
 */
export async function settleMarkers(config: AgentConfig, plan: ServicePlan, keep: readonly string[]): Promise<readonly string[]> {
  const warnings: string[] = []
  const attempt = async (what: string, work: () => Promise<void> | void) => {
    try {
      await work()
    } catch (error) {
      warnings.push(`${what}: ${messageOf(error)}. Nothing that is served depends on it; the next change tries again.`)
    }
  }
  const name = besideFileOf(plan.name)
  await attempt(`The fallback colour in ${name} could not be brought up to date`, async () => {
    const wanted = renderRouteTests(config, plan)
    const found = await readGenerated(config, name)
    if (found.state === 'edited') {
      warnings.push(`${name} was edited by hand and is left as it is: its fallback, should the markers be lost, may not be ${plan.route.live}.`)
    } else if (found.state === 'absent' || found.text !== wanted) {
      await writeGenerated(config, name, wanted)
    }
  })
  await attempt(`Old generations of ${plan.name} could not be removed`, () =>
    pruneGenerations(config.nginx.routes_dir, plan.name, config.nginx.keep_generations, keep),
  )
  return warnings
}
