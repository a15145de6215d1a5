import type { ObjectLedger } from './ledger/objects.ts'
import { inParallel } from '../in-parallel.ts'
import type { Store } from './store.ts'

export interface LostParts {
  readonly objects: ObjectLedger
  readonly store: Store
  readonly concurrency: number
}

/** Keys of a version that do not lie in the store, or with another size: it would not play. Asks the store and throws what it throws. */
export async function lostObjects({ objects, store, concurrency }: LostParts, version: string, signal: AbortSignal): Promise<string[]> {
  const lost: string[] = []
  await inParallel(objects.of(version), concurrency, async ({ key, bytes, state }) => {
    const there = state === 'stored' ? await store.head(key, signal) : null
    if (there?.bytes !== bytes) lost.push(key)
  })
  return lost
}
