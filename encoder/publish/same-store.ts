import { inParallel } from '../in-parallel.ts'
import type { LostParts } from './lost-objects.ts'

const LOOKED_AT = 8

/**
 * Whether the store still is the one that was left, by its oldest and its newest objects: one that was made anew, or put
 * back from a copy, while nobody looked lacks some of them. Asks the store and throws what it throws.
 */
export async function isSameStore({ objects, store, concurrency }: LostParts, signal: AbortSignal): Promise<boolean> {
  let same = true
  await inParallel(objects.ends(LOOKED_AT), concurrency, async ({ key, bytes }) => {
    if ((await store.head(key, signal))?.bytes !== bytes) same = false
  })
  return same
}
