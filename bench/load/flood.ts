import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export interface FloodRequest {
  readonly port: number
  readonly path: string
  readonly connections: number
  readonly durationMs: number
}

export interface Flood {
  /** Asks as fast as answers come; answers with how many came. Rejects when one is not 200, or a connection ends. */
  run(request: FloodRequest): Promise<number>
  [Symbol.asyncDispose](): Promise<void>
}

export function startFlood(): Flood {
  const worker = new Worker(new URL('flood-worker.ts', import.meta.url))
  return {
    async run(request) {
      worker.postMessage(request)
      return (await once(worker, 'message'))[0] as number
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}
