import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import t from 'tap'
import type { HealthConfig } from '../../../agent/config.ts'
import { checkServer } from '../../../agent/gates/check-server.ts'
import { authority } from '../../support/certificates.ts'
import { healthConfig } from '../../support/health-config.ts'
import { httpServer, httpsServer } from '../../support/servers.ts'

async function read({ cert, key }: { cert: string; key: string }) {
  return { cert: await readFile(cert), key: await readFile(key) }
}

t.test('each assertion decides, and says what was found instead', async (t) => {
  await using server = await httpServer((asked, response) => {
    response.writeHead(200, { 'X-Version': '42', 'Set-Cookie': ['a=1', 'b=2'] }).end(asked.method === 'HEAD' ? undefined : '{"status":"ok","db":\n"up"}')
  })
  const cases: [Partial<HealthConfig>, boolean, string | RegExp][] = [
    [{}, true, /^status 200 in \d+ ms$/],
    [{ method: 'HEAD' }, true, /^status 200/],
    [{ status: [204, 301] }, false, 'status 200 instead of 204 or 301'],
    [{ headers: { 'x-version': '42' } }, true, /^status 200/],
    [{ headers: { 'X-Version': '43' } }, false, 'header X-Version is "42" instead of "43"'],
    [{ headers: { 'X-Other': '' } }, false, 'no header X-Other'],
    [{ headers: { 'Set-Cookie': 'a=1, b=2' } }, true, /^status 200/],
    [{ body: { contains: '"ok"' } }, true, /^status 200/],
    [{ body: { contains: 'down' } }, false, String.raw`the body does not contain "down": "{\"status\":\"ok\",\"db\":\n\"up\"}"`],
    [{ body: { matches: '"status":"(ok|fine)"' } }, true, /^status 200/],
    [{ body: { contains: '"ok"', matches: '^ok$' } }, false, /^the body does not match \/\^ok\$\/: /],
  ]
  for (const [settings, healthy, detail] of cases) {
    const found = await checkServer(healthConfig(settings), server.address)
    t.equal(found.healthy, healthy, JSON.stringify(settings))
    t.match(found.detail, detail)
  }
})

t.test('only the first 64 KiB of a body are looked at', async (t) => {
  await using server = await httpServer((asked, response) => response.end(`${'x'.repeat(asked.url === '/in' ? 65_533 : 65_534)}end`))
  const body = { contains: 'end' }
  t.equal((await checkServer(healthConfig({ path: '/in', body }), server.address)).healthy, true)
  t.equal((await checkServer(healthConfig({ path: '/out', body }), server.address)).healthy, false)
})

t.test('a pattern that backtracks without end is cut off', async (t) => {
  await using server = await httpServer((_, response) => response.end(`${'a'.repeat(60_000)}!`))
  const started = performance.now()
  const { healthy, detail } = await checkServer(healthConfig({ body: { matches: '^(a+)+$' } }), server.address)
  t.equal(healthy, false)
  t.match(detail, 'took over 100 ms: use a simpler pattern')
  t.ok(performance.now() - started < 2000)
})

t.test('over TLS', async (t) => {
  const directory = t.testdir()
  const { ca, issue } = await authority(directory)
  const [local, app, other] = await Promise.all([issue('local', 'IP:127.0.0.1'), issue('app', 'DNS:app.example'), issue('other', 'DNS:other.example')])
  const contexts = new Map([['app.example', createSecureContext(await read(app))], ['misnamed.example', createSecureContext(await read(other))]])
  const names: (string | undefined)[] = []
  await using server = await httpsServer(
    { ...(await read(local)), SNICallback: (name, answer) => answer(null, contexts.get(name)) },
    (asked, response) => {
      names.push(asked.headers.host)
      response.end()
    },
  )
  const check = (settings: Partial<HealthConfig>) => checkServer(healthConfig({ scheme: 'https', ...settings }), server.address)

  await t.test('the server’s own address must be in its certificate', async (t) => {
    t.match(await check({ ca_file: ca }), { healthy: true })
  })
  await t.test('host is the server name (SNI), the name in the certificate, and the Host header', async (t) => {
    t.match(await check({ ca_file: ca, host: 'app.example' }), { healthy: true })
    t.equal(names.at(-1), 'app.example')
  })
  await t.test('a certificate for another name is refused', async (t) => {
    const found = await check({ ca_file: ca, host: 'misnamed.example' })
    t.equal(found.healthy, false)
    t.match(found.detail, /^the certificate is for another name: .*misnamed\.example/)
  })
  await t.test('a certificate of an unknown CA is refused, without ca_file too', async (t) => {
    t.match(await check({}), { healthy: false, detail: 'the certificate comes from no trusted CA (set ca_file)' })
    const stranger = await authority(t.testdir())
    t.match(await check({ ca_file: stranger.ca }), { healthy: false, detail: 'the certificate comes from no trusted CA (set ca_file)' })
  })
  await t.test('a CA file that is missing or no certificate is named', async (t) => {
    const missing = join(directory, 'missing.pem')
    t.match((await check({ ca_file: missing })).detail, `the CA file ${missing} cannot be used: ENOENT`)
    const garbage = join(directory, 'garbage.pem')
    await writeFile(garbage, 'not a certificate')
    t.match((await check({ ca_file: garbage })).detail, `the CA file ${garbage} cannot be used`)
  })
})
