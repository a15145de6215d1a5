import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { listen } from '../../../shared/api/listen.ts'
import { signedAuthorization } from '../../../shared/auth/signed-call.ts'
import { testApi } from '../../support/api.ts'
import { freePort } from '../../support/ports.ts'

const NOW = Date.parse('2026-01-31T09:00:00Z')
const URL_PATH = '/v1/services/app/switch?to=green'

async function signing(t: Test) {
  const clock = { ms: NOW }
  const api = await testApi({ now: () => clock.ms })
  t.after(() => api[Symbol.asyncDispose]())
  const key = await api.token({ name: 'deploy', role: 'operator', signing: true })
  let count = 0
  const header = (over: { timestamp?: number; nonce?: string; method?: string; target?: string; body?: string; key?: string } = {}) => {
    const { timestamp = clock.ms / 1000, nonce = `nonce-number-${(count += 1) + 1000}`, method = 'POST', target = URL_PATH, body = '' } = over
    return { authorization: signedAuthorization('deploy', over.key ?? key, timestamp, nonce, { method, target, body: Buffer.from(body) }) }
  }
  const call = (headers: Record<string, string>, options: { url?: string; payload?: string } = {}) => api.app.inject({ method: 'POST', url: URL_PATH, headers, ...options })
  return { ...api, clock, header, call }
}

t.test('a signed call passes once, with and without a body', async (t) => {
  const { header, call, switching } = await signing(t)
  const headers = header()
  t.equal((await call(headers)).statusCode, 200)
  const replayed = await call(headers)
  t.match(replayed.json(), { status: 401, code: 'unauthenticated', reason: 'replayed', detail: /sign each call anew/ })
  const payload = '{"to":"blue","reason":"é"}'
  const url = '/v1/services/app/switch'
  const withBody = await call({ ...header({ body: payload, target: url }), 'content-type': 'application/json' }, { url, payload })
  t.equal(withBody.statusCode, 200)
  t.equal(switching.changes.length, 2)
  t.match(switching.changes[0]?.caller, { actor: 'token:deploy' })
})

t.test('nothing of a signed call can be exchanged', async (t) => {
  const { header, call, app, switching } = await signing(t)
  const json = { 'content-type': 'application/json' }
  t.equal((await call(header(), { url: `${URL_PATH}&force=true` })).statusCode, 401)
  t.equal((await call(header(), { url: '/v1/services/web-shop/switch?to=green' })).statusCode, 401)
  t.equal((await call({ ...header(), ...json }, { payload: '{"force":true}' })).statusCode, 401)
  t.equal((await call(header({ method: 'PUT' }))).statusCode, 401)
  t.equal((await call(header({ key: 'grs_0123456789012345678901234567890123456789abc' }))).statusCode, 401)
  t.equal((await app.inject({ method: 'GET', url: '/v1/services', headers: header() })).statusCode, 401)
  t.equal(switching.changes.length, 0)
})

t.test('a call out of time is refused with the clock of this host', async (t) => {
  const { header, call } = await signing(t)
  const late = await call(header({ timestamp: NOW / 1000 - 61 }))
  t.match(late.json(), { reason: 'clock', detail: /2026-01-31T09:00:00\.000Z; compare the clocks/ })
  t.equal((await call(header({ timestamp: NOW / 1000 + 61 }))).statusCode, 401)
  t.equal((await call(header({ timestamp: NOW / 1000 + 60 }))).statusCode, 200)
})

t.test('a call that cannot be noted down as used is not taken, and the answer says what is in the way', async (t) => {
  const { header, call, switching, directory } = await signing(t)
  await rm(join(directory, 'signed-calls'))
  await mkdir(join(directory, 'signed-calls'))
  const response = await call(header())
  t.match(response.json(), { status: 507, code: 'storage_failed', detail: /cannot be noted against replay/ })
  t.equal(switching.changes.length, 0)
})

t.test('a signing name cannot be used as a bearer token, nor the other way round', async (t) => {
  const { app, token } = await signing(t)
  const bearer = await token({ name: 'ci', role: 'admin' })
  const signed = signedAuthorization('ci', bearer, NOW / 1000, 'nonce-number-0001', { method: 'GET', target: '/v1/services', body: Buffer.alloc(0) })
  t.equal((await app.inject({ url: '/v1/services', headers: { authorization: signed } })).statusCode, 401)
  t.equal((await app.inject({ url: '/v1/services', headers: { authorization: `Bearer gr_deploy_${'A'.repeat(43)}` } })).statusCode, 401)
})

t.test('the documented lines of curl and openssl switch, once each', async (t) => {
  const port = await freePort()
  const api = await testApi({ api: () => `listen = ["127.0.0.1:${port}"]` })
  const server = await listen(api.app, api.config.api, pino({ level: 'silent' }))
  t.after(async () => {
    await server.close(0)
    await api[Symbol.asyncDispose]()
  })
  await writeFile(join(api.directory, 'secret'), await api.token({ name: 'deploy', role: 'operator', signing: true }))
  const page = await readFile(new URL('../../../docs/reference/credentials.md', import.meta.url), 'utf8')
  const block = (marker: string) => new RegExp(`<!-- ${marker}:[^>]*-->\n\`\`\`\\w+\n(.*?)\n\`\`\``, 's').exec(page)?.[1] ?? ''
  const line = block('one-liner').replace('http://127.0.0.1:9440', `http://127.0.0.1:${port}`)
  const run = async (shell: string, script: string) => JSON.parse((await execa(shell, ['-c', script], { cwd: api.directory })).stdout)

  t.match(await run('sh', line), { kind: 'switch', to: 'green', outcome: 'succeeded', actor: 'token:deploy' })
  const inShell = line.replace(`openssl dgst -sha256 -r -hmac "$(cat secret)" | cut -d' ' -f1`, 'hmac "$(cat secret)"')
  t.not(inShell, line)
  t.match(await run('bash', `${block('function')}\n${inShell}`), { outcome: 'succeeded', actor: 'token:deploy' })
  t.equal(api.switching.changes.length, 2)
})
