import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { LoadCounts } from './counts.ts'

export interface LoadOptions {
  /** Where the sample app is served, without a path: `http://127.0.0.1:8080`. */
  readonly url: string
  /** Clients, each on one keep-alive connection. */
  readonly connections: number
  /** Streams held open all the time. */
  readonly streams: number
  /** Between two requests of one client. Default 0: as fast as answers come. */
  readonly pauseMs?: number
}

export interface Load {
  counts(): Promise<LoadCounts>
  /** Lets requests under way end, sees each held stream deliver once more, and answers with the final counts. */
  stop(): Promise<LoadCounts>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts clients against the sample app, in a worker thread; answers when every held stream has its first byte. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: options })
  const ended = once(worker, 'exit')
  // When the worker throws, whoever waits for an answer gets the error; waiting for its end need not tell it again.
  ended.catch(() => {})
  const answer = async (): Promise<unknown> => {
    const [message] = await Promise.race([once(worker, 'message'), ended.then(() => Promise.reject(new Error('the load ended before it answered')))])
    return message
  }
  await answer()
  let last: LoadCounts | undefined

  async function counts(): Promise<LoadCounts> {
    if (last !== undefined) return last
    worker.postMessage('counts')
    return (await answer()) as LoadCounts
  }
  async function stop(): Promise<LoadCounts> {
    if (last !== undefined) return last
    worker.postMessage('stop')
    last = (await answer()) as LoadCounts
    await ended
    return last
  }
  return {
    counts,
    stop,
    async [Symbol.asyncDispose]() {
      if (last === undefined) await worker.terminate()
    },
  }
}
