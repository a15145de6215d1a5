import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { COLOURS } from '../../agent/switching/route.ts'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import type { Counter } from './counts.ts'

const ANSWER_TIMEOUT_MS = 10_000

/**
 * One client on one keep-alive connection: asks for `url` of the sample app again and again, `pauseMs` apart, until
 * `stopping`; then the request under way is still answered and counted. A failed request is counted, never repeated.
 */
export async function keepAsking(url: string, pauseMs: number, counter: Counter, stopping: AbortSignal): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  while (!stopping.aborted) {
    const began = performance.now()
    counter.requests += 1
    const failure = await ask(url, agent, counter)
    if (failure !== null) counter.failed(failure)
    counter.slowest = Math.max(counter.slowest, performance.now() - began)
    if (pauseMs > 0) await delay(pauseMs)
  }
  agent.destroy()
}

/** One request; answers null, or why it failed. */
async function ask(url: string, agent: Agent, counter: Counter): Promise<string | null> {
  return new Promise((resolve) => {
    const call = request(url, { agent, timeout: ANSWER_TIMEOUT_MS }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('error', (error) => resolve(reasonOf(error)))
      response.on('end', () => {
        // A body shorter than its Content-Length raises `error` (ECONNRESET, "aborted"), not `end`.
        const colour = COLOURS.find((name) => name === response.headers['x-colour'])
        if (response.statusCode !== 200) resolve(`status ${response.statusCode}`)
        else if (colour === undefined || !body.startsWith(colour)) resolve('wrong body')
        else {
          counter.answered(colour)
          resolve(null)
        }
      })
    })
    call.on('socket', () => {
      if (!call.reusedSocket) counter.connections += 1
    })
    call.on('timeout', () => call.destroy(new Error('timeout')))
    call.on('error', (error) => resolve(reasonOf(error)))
    call.end()
  })
}

export function reasonOf(error: Error): string {
  return systemCodeOf(error) ?? error.message
}
