import { COLOURS, routeTo, type Route } from '../../switching/route.ts'
import { SLOTS } from './buckets.ts'
import { currentGeneration, holds, markerNames } from './generations.ts'

/**
 * The route that a service’s markers tell (`previous` they do not know); null where they are missing or damaged.
 * Between weights the colour with more of them counts as live.
 */
export function routeOnDisk(routesDir: string, service: string): Route | null {
  const generation = currentGeneration(routesDir, service)
  if (generation === null) return null
  const names = new Set(markerNames(routesDir, generation))
  const green = SLOTS.filter((slot) => names.has(`green-${slot}`)).length
  const weights = { green, blue: 100 - green }
  const maintenance = !names.has('maintenance-00') ? 'off' : names.has('maintenance-pin-blue') ? 'on' : 'pinned_through'
  const live = COLOURS.find((colour) => weights[colour] >= 50) ?? 'blue'
  const route: Route = { ...routeTo(live), weights, maintenance }
  return holds(routesDir, generation, service, route) ? route : null
}
