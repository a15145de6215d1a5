import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { LoadCounts } from '../../../demo/load/counts.ts'
import type { Machine } from './machine.ts'

/** Clients of a machine, which never stop asking. */
export interface MachineLoad {
  counts(): Promise<LoadCounts>
  /** Times of so many requests, ms. */
  latency(requests: number): Promise<number[]>
  stop(): Promise<LoadCounts>
  /** Ends it whatever it is at. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface LoadShape {
  readonly connections: number
  readonly streams: number
  readonly pauseMs: number
  /** Its processes never wait for a processor, as if they were on another machine. Only for clients that mostly pause. */
  readonly apart?: boolean
}

export async function loadMachine(machine: Machine, url: string, { connections, streams, pauseMs, apart = false }: LoadShape): Promise<MachineLoad> {
  const words = [...machine.inNetwork(), ...(apart ? ['chrt', '--fifo', '1'] : []), process.execPath, join(import.meta.dirname, 'load-process.ts'), url, String(connections), String(streams), String(pauseMs)]
  const child = spawn('/usr/bin/env', words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the load ended before it answered')
    return JSON.parse(value)
  }
  await next()
  const ask = async (line: string): Promise<unknown> => {
    child.stdin.write(`${line}\n`)
    return next()
  }
  return {
    counts: async () => (await ask('counts')) as LoadCounts,
    latency: async (requests) => (await ask(`latency ${requests}`)) as number[],
    async stop() {
      const counts = (await ask('stop')) as LoadCounts
      child.stdin.end()
      await ended
      return counts
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
