import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startApp } from '../../../demo/app/server.ts'
import { lines } from '../../../demo/app/lines.ts'
import { startLoad } from '../../../demo/load/load.ts'
import { until } from '../../support/until.ts'

async function serve(handler: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

t.test('a server that answers every request and keeps every stream loses nothing', async (t) => {
  await using app = await startApp({ colour: 'blue', version: 'v1' })
  await using load = await startLoad({ url: `http://${app.server}`, connections: 3, streams: 2 })
  await until('requests were answered', async () => (await load.counts()).requests > 50)
  const counts = await load.stop()
  t.match(counts, { failed: 0, reasons: {}, connections: 3, streams: { held: 2, cut: 0 } })
  t.equal(counts.byColour.blue, counts.requests)
  t.ok(counts.streams.bytes > 0)
})

t.test('an app that stops cuts the streams it served, and fails the requests after', async (t) => {
  const app = await startApp({ colour: 'green', version: 'v1' })
  await using load = await startLoad({ url: `http://${app.server}`, connections: 2, streams: 2, pauseMs: 5 })
  await app.stop()
  await until('the loss was counted', async () => {
    const { failed, streams } = await load.counts()
    return failed > 0 && streams.cut >= 2
  })
  const { requests, failed, byColour, reasons } = await load.stop()
  t.equal(byColour.green + failed, requests, 'each request was either answered or failed')
  t.hasProp(reasons, 'ECONNREFUSED')
})

t.test('each kind of wrong answer is a failed request with its reason', async (t) => {
  let count = 0
  await using server = await serve((_, response) => {
    count += 1
    if (count % 4 === 0) response.writeHead(502).end()
    else if (count % 4 === 1) response.writeHead(200, { 'x-colour': 'blue' }).end('green v1\n')
    else if (count % 4 === 2) {
      response.writeHead(200, { 'x-colour': 'blue', 'content-length': 100 })
      response.write('blue')
      setImmediate(() => response.destroy())
    } else response.destroy()
  })
  await using load = await startLoad({ url: server.url, connections: 1, streams: 0 })
  await until('a few requests were made', async () => (await load.counts()).requests > 8)
  const { requests, failed, reasons } = await load.stop()
  t.equal(failed, requests)
  t.hasProps(reasons, ['status 502', 'wrong body', 'ECONNRESET'])
})

t.test('a stream that ends, or has a byte out of its place, is a cut stream', async (t) => {
  let count = 0
  await using server = await serve((_, response) => {
    count += 1
    response.writeHead(200)
    response.write(lines(0, 2))
    if (count % 2 === 0) response.end()
    else setImmediate(() => response.write(lines(3, 1)))
  })
  await using load = await startLoad({ url: server.url, connections: 0, streams: 1 })
  await until('two streams were cut', async () => (await load.counts()).streams.cut >= 2)
  const { streams } = await load.stop()
  t.hasProps(streams.reasons, ['ended', 'wrong byte'])
})
