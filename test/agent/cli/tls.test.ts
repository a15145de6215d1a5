import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { listen } from '../../../shared/api/listen.ts'
import { createLogger } from '../../../shared/log.ts'
import { testApi } from '../../support/api.ts'
import { authority } from '../../support/certificates.ts'
import { runHere } from '../../support/command.ts'
import { freePort } from '../../support/ports.ts'

t.test('an agent behind TLS', async (t) => {
  const directory = t.testdir({})
  const ours = await authority(directory)
  await mkdir(join(directory, 'other'))
  const other = await authority(join(directory, 'other'))
  const server = await ours.issue('edge1.example', 'DNS:edge1.example', 'IP:127.0.0.1')
  const deploy = await ours.issue('deploy.example', 'DNS:deploy.example')
  const stranger = await other.issue('deploy.example', 'DNS:deploy.example')
  const port = await freePort()
  await using api = await testApi({
    api: () => `listen = ["127.0.0.1:${port}"]\ntls = { cert = "${server.cert}", key = "${server.key}", client_ca = "${ours.ca}" }`,
    tokens: '[certificates."deploy.example"]\nrole = "operator"\n',
  })
  await using listening = await listen(api.app, api.config.api, createLogger({ level: 'silent', name: 'test' }))
  const [address = ''] = listening.addresses
  const reach = ['--url', `https://${address}`]

  await t.test('is reached with its CA and a client certificate', async (t) => {
    const { code, stdout, stderr } = await runHere(['status', ...reach, '--ca-file', ours.ca, '--cert', deploy.cert, '--key', deploy.key])
    t.match({ code, stderr }, { code: 0, stderr: '' })
    t.match(stdout, /^SERVICE +LIVE/)
  })

  await t.test('is not trusted without its CA, and the option is named', async (t) => {
    t.match(await runHere(['status', ...reach]), { code: 1, stderr: /The TLS connection to https:\/\/127\.0\.0\.1:\d+ was not made: .*--ca-file FILE/ })
  })

  await t.test('does not take a certificate of another CA', async (t) => {
    t.match(await runHere(['status', ...reach, '--ca-file', ours.ca, '--cert', stranger.cert, '--key', stranger.key]), { code: 1, stdout: '' })
  })

  await t.test('asked in clear text, the fix is to write https', async (t) => {
    t.match(await runHere(['status', '--url', `http://${address}`]), { code: 1, stderr: /use https:\/\// })
  })

  await t.test('a private key that is no key is the user’s mistake', async (t) => {
    t.match(await runHere(['status', ...reach, '--ca-file', ours.ca, '--cert', deploy.cert, '--key', ours.ca]), { code: 2, stderr: /--cert, --key or --ca-file/ })
  })
})

t.test('an agent without TLS asked with https is told so', async (t) => {
  const port = await freePort()
  await using api = await testApi({ api: () => `listen = ["127.0.0.1:${port}"]` })
  await using listening = await listen(api.app, api.config.api, createLogger({ level: 'silent', name: 'test' }))
  t.match(await runHere(['status', '--url', `https://${listening.addresses[0]}`]), { code: 1, stderr: /use http:\/\/ in --url/ })
})
