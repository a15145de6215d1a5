import { JobError, jobErrors } from '../../encoder/job-errors.ts'
import type { Store } from '../../encoder/publish/store.ts'

/** A store that takes nothing under some keys, as if it went away just before them. */
export interface StoreInPart extends Store {
  /** Keys that it does not take now; none to begin with. */
  refuses: (key: string) => boolean
  /** How often it has refused. */
  refused: number
}

export function storeInPart(store: Store): StoreInPart {
  const part: StoreInPart = {
    name: store.name,
    refuses: () => false,
    refused: 0,
    async put(object, options) {
      if (!part.refuses(object.key)) return store.put(object, options)
      part.refused += 1
      throw new JobError(jobErrors.storeUnreachable, 'The store does not answer.', 'It is tried again by itself.')
    },
    head: (key, signal) => store.head(key, signal),
    read: (key, signal) => store.read(key, signal),
    hash: (key, signal) => store.hash(key, signal),
    remove: (key, signal) => store.remove(key, signal),
    list: (prefix, signal) => store.list(prefix, signal),
    tidy: (signal) => store.tidy(signal),
    watch: (listener) => store.watch(listener),
    close: () => store.close(),
  }
  return part
}
