import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { LoadResult, LoadTask } from './load-worker.ts'

/** Busy keep-alive connections, from a thread of their own so that they do not slow what is tested. */
export interface Load {
  /** Requests answered so far. */
  readonly requests: number
  /**
   * Ends it, each connection after its request under way. Answers by body and how often; failures are requests that
   * were reset, closed before the whole answer, or answered with another status.
   */
  stop(): Promise<LoadResult>
}

export function keepAliveLoad(
  port: number,
  connections: number,
  { accepted = [200], path = '/', pause = 0 }: Partial<Pick<LoadTask, 'accepted' | 'path' | 'pause'>> = {},
): Load {
  const counter = new SharedArrayBuffer(4)
  const workerData: LoadTask = { port, connections, path, accepted, pause, counter }
  const worker = new Worker(new URL('load-worker.ts', import.meta.url), { workerData })
  const requests = new Int32Array(counter)
  return {
    get requests() {
      return Atomics.load(requests, 0)
    },
    async stop() {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage('stop')
      const [result] = (await once(worker, 'message')) as [LoadResult]
      await worker.terminate()
      return result
    },
  }
}
