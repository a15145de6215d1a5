import * as fc from 'fast-check'
import t from 'tap'
import { BUCKETS, colourOf, inMaintenance, markersOf, SLOTS, stepsBetween, tellingBuckets } from '../../../../agent/nginx/markers/buckets.ts'
import type { Route } from '../../../../agent/switching/route.ts'
import { BLUE, GREEN } from '../../../support/edge.ts'

const anyRoute: fc.Arbitrary<Route> = fc
  .tuple(fc.nat(100), fc.constantFrom('off' as const, 'on' as const, 'pinned_through' as const))
  .map(([green, maintenance]) => ({ live: green >= 50 ? 'green' : 'blue', previous: null, weights: { green, blue: 100 - green }, maintenance }))

t.test('there are 100 slots and a bucket for each pin', async (t) => {
  t.equal(BUCKETS.length, 102)
  t.same([BUCKETS[0], BUCKETS[99], BUCKETS[100], BUCKETS[101]], ['00', '99', 'pin-blue', 'pin-green'])
})

t.test('every bucket has exactly one colour marker, whatever the route', async () => {
  fc.assert(
    fc.property(anyRoute, (route) => {
      const markers = new Set(markersOf(route, 'gen-7'))
      return markers.has('gen-7') && BUCKETS.every((bucket) => markers.has(`blue-${bucket}`) !== markers.has(`green-${bucket}`))
    }),
  )
})

t.test('as a colour’s weight grows no client moves back, and the weights are exact', async () => {
  fc.assert(
    fc.property(fc.nat(100), fc.nat(100), (one, other) => {
      const [few, many] = [Math.min(one, other), Math.max(one, other)]
      return greenSlots(few).length === few && greenSlots(few).every((slot) => greenSlots(many).includes(slot))
    }),
  )
})

t.test('a pin keeps its colour under every route, and maintenance spares it only when pins are let through', async (t) => {
  t.equal(colourOf(BLUE, 'pin-green'), 'green')
  t.equal(colourOf(GREEN, 'pin-blue'), 'blue')
  t.equal(inMaintenance({ ...BLUE, maintenance: 'on' }, 'pin-green'), true)
  t.equal(inMaintenance({ ...BLUE, maintenance: 'pinned_through' }, 'pin-green'), false)
  t.equal(inMaintenance({ ...BLUE, maintenance: 'pinned_through' }, '00'), true)
})

t.test('the telling buckets tell apart any two routes of the same step in weight or maintenance', async (t) => {
  t.same(tellingBuckets(BLUE), ['pin-blue', 'pin-green', '00', '99'])
  t.same(tellingBuckets({ ...BLUE, weights: { green: 25, blue: 75 } }), ['pin-blue', 'pin-green', '00', '99', '24', '25'])
  fc.assert(
    fc.property(anyRoute, anyRoute, (wanted, served) => {
      const same = wanted.weights.green === served.weights.green && wanted.maintenance === served.maintenance
      const answers = (route: Route) => tellingBuckets(wanted).map((bucket) => `${colourOf(route, bucket)} ${inMaintenance(route, bucket)}`)
      return same === (answers(wanted).join() === answers(served).join())
    }),
  )
})

t.test('a request that falls between any two steps sees only what was before or what is after', async () => {
  fc.assert(
    fc.property(anyRoute, anyRoute, (before, after) => {
      const way = [before, ...stepsBetween(before, after)]
      return way.slice(1).every((to, index) => {
        const from = way[index]!
        return BUCKETS.every((bucket) => {
          // The colour test first, then a change, then the test for maintenance.
          const torn = served(colourOf(from, bucket), inMaintenance(to, bucket))
          return [from, to].some((route) => served(colourOf(route, bucket), inMaintenance(route, bucket)) === torn)
        })
      })
    }),
  )
})

t.test('a change of colour and maintenance begins maintenance first and ends it last', async (t) => {
  t.same(stepsBetween(BLUE, on(GREEN)), [on(BLUE), on(GREEN)])
  t.same(stepsBetween(on(BLUE), GREEN), [on(GREEN), GREEN])
  t.same(stepsBetween(on(BLUE), on(GREEN)), [on(GREEN)])
  t.same(stepsBetween(BLUE, GREEN), [GREEN])
})

function served(colour: string, maintenance: boolean): string {
  return maintenance ? 'maintenance' : colour
}

function greenSlots(green: number): string[] {
  return SLOTS.filter((slot) => colourOf({ ...BLUE, weights: { green, blue: 100 - green } }, slot) === 'green')
}

function on(route: Route): Route {
  return { ...route, maintenance: 'on' }
}
