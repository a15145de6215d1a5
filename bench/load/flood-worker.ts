import { once } from 'node:events'
import { connect } from 'node:net'
import { parentPort } from 'node:worker_threads'
import type { FloodRequest } from './flood.ts'

// Raw keep-alive connections that ask for one URL as fast as answers come. Far cheaper per request than node:http, so
// that Nginx is what is measured. Answers of one URL have one length: the first is parsed, the others are counted.
if (parentPort === null) throw new Error('this module is a worker thread')
const port = parentPort

async function client({ port, path }: FloodRequest, end: number): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const request = `GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`
  let answers = 0
  let length = 0
  let received = 0
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('Nginx closed a connection of the benchmark')))
    socket.on('data', (chunk: Buffer) => {
      if (received === 0) {
        const head = chunk.toString('latin1')
        if (!head.startsWith('HTTP/1.1 200 ')) {
          socket.destroy(new Error(`unexpected answer: ${head.slice(0, 40)}`))
          return
        }
        if (length === 0) length = head.indexOf('\r\n\r\n') + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1])
      }
      received += chunk.length
      if (received < length) return
      received = 0
      answers += 1
      if (performance.now() < end) {
        socket.write(request)
        return
      }
      socket.removeAllListeners('close')
      socket.destroy()
      resolve(answers)
    })
    socket.write(request)
  })
}

async function flood(request: FloodRequest): Promise<void> {
  const end = performance.now() + request.durationMs
  const answers = await Promise.all(Array.from({ length: request.connections }, async () => client(request, end)))
  port.postMessage(answers.reduce((sum, count) => sum + count, 0))
}

port.on('message', (request: FloodRequest) => void flood(request))
