import { readFile } from 'node:fs/promises'
import t from 'tap'
import type { HttpGateConfig } from '../../../agent/config.ts'
import { httpGate } from '../../../agent/gates/http.ts'
import { authority } from '../../support/certificates.ts'
import { httpServer, httpsServer, tcpServer } from '../../support/servers.ts'

const { signal } = new AbortController()

function gate(settings: Partial<HttpGateConfig> & { url: string }) {
  return httpGate({ name: 'freeze', status: [200], deadline: 5000, ...settings }, { service: 'my-app', from: 'blue', to: 'green', kind: 'switch' })
}

t.test('calls the URL with the operation filled in, and passes on its status', async (t) => {
  let asked: string | undefined
  await using server = await httpServer((request, response) => {
    asked = `${request.method} ${request.url}`
    response.end()
  })
  const may = gate({ url: `http://${server.address}/may/{service}/{kind}?from={from}&to={to}&key=secret` })
  t.match(await may.check(signal), { name: 'freeze', passed: true, detail: /\/may\/my-app\/switch\?…: status 200 in \d+ ms$/ })
  t.equal(asked, 'GET /may/my-app/switch?from=blue&to=green&key=secret')
  t.equal(may.describe(), `GET http://${server.address}/may/my-app/switch?…: status 200, within 5s`)
})

t.test('refuses on another status, another body, and a redirect', async (t) => {
  await using server = await httpServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { Location: '/ok' })
    if (request.url === '/frozen') response.writeHead(423)
    response.end('deploys are open')
  })
  const url = (path: string) => `http://${server.address}${path}`
  t.match(await gate({ url: url('/frozen') }).check(signal), { passed: false, detail: `${url('/frozen')}: status 423 instead of 200` })
  t.match(await gate({ url: url('/moved') }).check(signal), { passed: false, detail: /status 302 instead of 200/ })
  t.match(await gate({ url: url('/'), body: { contains: 'open' } }).check(signal), { passed: true })
  t.match(await gate({ url: url('/'), body: { matches: '^closed' } }).check(signal), { passed: false, detail: /does not match/ })
})

t.test('refuses at its deadline', async (t) => {
  await using hanging = await tcpServer()
  t.match(await gate({ url: `http://${hanging.address}/`, deadline: 200 }).check(signal), { passed: false, detail: /connected, but no answer within 200ms$/ })
})

t.test('trusts its CA file and no user or password of the URL is shown', async (t) => {
  const { ca, issue } = await authority(t.testdir())
  const { cert, key } = await issue('local', 'IP:127.0.0.1')
  await using server = await httpsServer({ cert: await readFile(cert), key: await readFile(key) }, (request, response) => response.end(request.headers.authorization))
  const url = `https://user:pass@${server.address}/`
  const body = { contains: `Basic ${Buffer.from('user:pass').toString('base64')}` }
  const passing = await gate({ url, ca_file: ca, body }).check(signal)
  t.equal(passing.passed, true, passing.detail)
  t.notMatch(passing.detail, 'pass@')
  t.match(await gate({ url }).check(signal), { passed: false, detail: /no trusted CA/ })
})

t.test('ends with the signal’s reason when aborted', async (t) => {
  await using hanging = await tcpServer()
  const reason = new Error('stopping')
  await t.rejects(gate({ url: `http://${hanging.address}/` }).check(AbortSignal.abort(reason)), reason)
})
