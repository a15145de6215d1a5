import { request, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { firstWrongByte } from '../app/lines.ts'
import type { Counter } from './counts.ts'
import { reasonOf } from './keepalive.ts'

const STALL_MS = 5000

/**
 * One client that holds a stream of the sample app open until `stopping`, and compares every byte with what must
 * stand at its position. The stream counts as held to the end only if a further chunk arrives after `stopping`.
 * A stream that is cut is counted with its reason, and a new one opened. `opened` is called at its first byte.
 */
export async function holdStream(url: string, counter: Counter, opened: () => void, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const reason = await follow(url, counter, opened, stopping)
    if (reason !== null) {
      counter.cut(reason)
      // Where nothing serves, trying at once again would only count the same outage many times over.
      await delay(100)
    }
  }
}

/** Follows one stream; answers null when its client left it running, or why it was cut. */
async function follow(url: string, counter: Counter, opened: () => void, stopping: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    let offset = 0
    const call = request(url, { agent: false })
    const stalled = setTimeout(() => end('stalled'), STALL_MS)
    function end(reason: string | null): void {
      clearTimeout(stalled)
      call.destroy()
      resolve(reason)
    }
    function received(chunk: Buffer): void {
      stalled.refresh()
      const wrong = firstWrongByte(chunk, offset)
      if (wrong !== -1) return end('wrong byte')
      if (offset === 0) opened()
      offset += chunk.length
      counter.bytes += chunk.length
      if (stopping.aborted) end(null)
    }
    call.on('response', (response: IncomingMessage) => {
      if (response.statusCode !== 200) return end(`status ${response.statusCode}`)
      response.on('data', received)
      response.on('error', (error) => end(reasonOf(error)))
      response.on('end', () => end('ended'))
    })
    call.on('error', (error) => end(reasonOf(error)))
    call.end()
  })
}
