import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { startLoad } from '../../../demo/load/load.ts'

// Clients in the network of a machine: node load-process.ts URL CONNECTIONS STREAMS PAUSE_MS. Lines on standard input ask
// (`counts`, `latency N`, `stop`); each is answered with one line of JSON.
const [url = '', connections = '10', streams = '5', pauseMs = '0'] = process.argv.slice(2)
const load = await startLoad({ url, connections: Number(connections), streams: Number(streams), pauseMs: Number(pauseMs) })
process.stdout.write('"running"\n')

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** Times of requests one after another on a connection of their own, ms. */
async function latency(count: number): Promise<number[]> {
  const times: number[] = []
  for (let asked = 0; asked < count; asked += 1) {
    const began = performance.now()
    await new Promise<void>((resolve, reject) => {
      request(`${url}/`, { agent }, (response) => response.on('end', resolve).resume()).on('error', reject).end()
    })
    times.push(performance.now() - began)
  }
  return times
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, argument] = line.split(' ')
  const answer = verb === 'latency' ? await latency(Number(argument)) : verb === 'stop' ? await load.stop() : await load.counts()
  process.stdout.write(`${JSON.stringify(answer)}\n`)
  if (verb === 'stop') break
}
// Also when whoever asked is gone.
await load[Symbol.asyncDispose]()
agent.destroy()
process.stdin.destroy()
