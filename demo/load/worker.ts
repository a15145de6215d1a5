import { parentPort, workerData } from 'node:worker_threads'
import { Counter } from './counts.ts'
import { holdStream } from './held-stream.ts'
import { keepAsking } from './keepalive.ts'
import type { LoadOptions } from './load.ts'

// The clients of one load, in a thread of their own so that they neither wait for nor slow down what starts them.
const { url, connections, streams, pauseMs = 0 } = workerData as LoadOptions
if (parentPort === null) throw new Error('this module is a worker thread')
const port = parentPort

const counter = new Counter()
const stopping = new AbortController()
let waiting = streams
function oneOpened(): void {
  waiting -= 1
  if (waiting === 0) port.postMessage('running')
}

const clients = [
  ...Array.from({ length: connections }, () => keepAsking(`${url}/`, pauseMs, counter, stopping.signal)),
  ...Array.from({ length: streams }, () => holdStream(`${url}/stream`, counter, oneOpened, stopping.signal)),
]
if (streams === 0) port.postMessage('running')

async function finish(): Promise<void> {
  stopping.abort()
  await Promise.all(clients)
  port.postMessage(counter.counts(streams))
  port.close()
}

port.on('message', (message: 'counts' | 'stop') => {
  if (message === 'counts') port.postMessage(counter.counts(streams))
  else void finish()
})
