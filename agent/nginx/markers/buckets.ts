import { COLOURS, type Colour, type Route } from '../../switching/route.ts'

/** The 100 slots that unpinned clients are spread over by their key, one per cent each. */
export const SLOTS: readonly string[] = Array.from({ length: 100 }, (_, slot) => String(slot).padStart(2, '0'))

export const PINS: readonly string[] = COLOURS.map((colour) => `pin-${colour}`)

/** Every request falls into exactly one of these. */
export const BUCKETS: readonly string[] = [...SLOTS, ...PINS]

/**
 * The colour that a bucket’s requests go to. Green takes the lowest slots, blue the highest: as the weight of
 * either grows, it gains slots and loses none, so no client moves back.
 */
export function colourOf(route: Route, bucket: string): Colour {
  if (bucket === 'pin-blue') return 'blue'
  if (bucket === 'pin-green') return 'green'
  return Number(bucket) < route.weights.green ? 'green' : 'blue'
}

export function inMaintenance(route: Route, bucket: string): boolean {
  return route.maintenance === 'on' || (route.maintenance === 'pinned_through' && !PINS.includes(bucket))
}

/**
 * Names of the marker files of one generation: exactly one of `blue-<bucket>` and `green-<bucket>` for each bucket,
 * `maintenance-<bucket>` where that bucket is in maintenance, and the generation’s own name, by which a worker shows
 * that it sees this generation.
 */
export function markersOf(route: Route, generation: string): string[] {
  const colours = BUCKETS.map((bucket) => `${colourOf(route, bucket)}-${bucket}`)
  const maintenance = BUCKETS.filter((bucket) => inMaintenance(route, bucket)).map((bucket) => `maintenance-${bucket}`)
  return [generation, ...colours, ...maintenance]
}

/** The buckets whose answers tell that a whole route is served: both pins, both ends, each side of a weight’s boundary. */
export function tellingBuckets(route: Route): string[] {
  const { green } = route.weights
  const boundary = green > 0 && green < 100 ? [SLOTS[green - 1], SLOTS[green]] : []
  return [...new Set([...PINS, '00', '99', ...boundary])].filter((bucket) => bucket !== undefined)
}

/**
 * The routes to apply one after another so that no request sees a mixture that nobody asked for. Colour and
 * maintenance are told by two tests of one request, between which a change may fall; so where a slot changes both,
 * they change apart: maintenance begins before the colour moves, and ends after it has moved.
 */
export function stepsBetween(before: Route, after: Route): Route[] {
  const both = SLOTS.find(
    (slot) => colourOf(before, slot) !== colourOf(after, slot) && inMaintenance(before, slot) !== inMaintenance(after, slot),
  )
  if (both === undefined) return [after]
  const begins = inMaintenance(after, both)
  const between: Route = begins ? { ...before, maintenance: after.maintenance } : { ...after, maintenance: before.maintenance }
  return [between, after]
}
