import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

/** The thread behind load.ts. Each connection sends its next request as soon as the answer to the last one is whole. */
export interface LoadTask {
  readonly port: number
  readonly connections: number
  readonly path: string
  readonly accepted: readonly number[]
  /** Pause of each connection after an answer, in ms; 0 none. */
  readonly pause: number
  /** Element 0: requests answered so far. */
  readonly counter: SharedArrayBuffer
}

export interface LoadResult {
  readonly answers: Map<string, number>
  readonly failures: string[]
}

const { port, connections, path, accepted, pause, counter } = workerData as LoadTask
const requests = new Int32Array(counter)
const result: LoadResult = { answers: new Map(), failures: [] }
let stopping = false
parentPort!.once('message', () => {
  stopping = true
})

await Promise.all(Array.from({ length: connections }, runClient))
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort!.postMessage(result)

function runClient(): Promise<void> {
  return new Promise((done) => {
    let received = ''
    let waiting = false
    const socket = connect(port, '127.0.0.1').setNoDelay().setEncoding('latin1')
    const next = () => {
      waiting = !stopping
      if (stopping) socket.end()
      else socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    }
    const lost = (why: string) => {
      if (waiting) result.failures.push(why)
      waiting = false
    }
    socket.on('connect', next)
    socket.on('data', (chunk: string) => {
      received += chunk
      const answer = takeAnswer(received)
      if (answer === null) return
      received = received.slice(answer.end)
      waiting = false
      Atomics.add(requests, 0, 1)
      if (accepted.includes(answer.status)) result.answers.set(answer.body, (result.answers.get(answer.body) ?? 0) + 1)
      else result.failures.push(`status ${answer.status}: ${answer.body.slice(0, 80)}`)
      if (pause > 0) setTimeout(next, pause)
      else next()
    })
    socket.on('error', (error) => lost(error.message))
    socket.on('close', () => {
      lost('closed before the answer')
      done()
    })
  })
}

function takeAnswer(received: string): { status: number; body: string; end: number } | null {
  const head = received.indexOf('\r\n\r\n')
  const length = /content-length: (\d+)/i.exec(received.slice(0, Math.max(head, 0)))?.[1]
  if (length === undefined) return null
  const end = head + 4 + Number(length)
  return received.length < end ? null : { status: Number(received.slice(9, 12)), body: received.slice(head + 4, end), end }
}
