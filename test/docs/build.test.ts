import { execFile } from 'node:child_process'
import { appendFile, cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { AgentConfigSchema } from '../../agent/config.ts'
import { errors } from '../../agent/errors.ts'
import { parseAgentConfig } from '../../agent/load-config.ts'
import { agentPages } from '../../docs/build/agent-pages.ts'
import { CONFIG_EXAMPLE } from '../../docs/build/config-example.ts'
import { ENCODER_CONFIG_EXAMPLE } from '../../docs/build/encoder-config-example.ts'
import { encoderPages } from '../../docs/build/encoder-pages.ts'
import { EncoderConfigSchema } from '../../encoder/config.ts'
import { errors as encoderErrors } from '../../encoder/errors.ts'
import { jobErrors } from '../../encoder/job-errors.ts'
import { parseEncoderConfig } from '../../encoder/load-config.ts'

const configPage = agentPages['reference/agent-config.md']
const errorsPage = agentPages['reference/errors.md']

const root = fileURLToPath(new URL('../..', import.meta.url))

t.test('the example of the configuration page is one that the agent takes', async (t) => {
  const config = parseAgentConfig(CONFIG_EXAMPLE)
  t.same(Object.keys(config.services), ['app', 'ingest'])
})

t.test('the example of the encoder’s page is one that the encoder takes', async (t) => {
  const config = parseEncoderConfig(ENCODER_CONFIG_EXAMPLE)
  t.strictSame(config.profiles['sport']?.rungs?.map(({ id }) => id), ['v1080', 'v720', 'v360'])
})

t.test('the pages name every setting of their schemas', async (t) => {
  for (const [page, schema] of [[configPage(), AgentConfigSchema], [encoderPages['reference/encoder-config.md'](), EncoderConfigSchema]] as const) {
    const settings: string[] = []
    const visit = (schema: object): void => {
      const { properties = {}, patternProperties = {}, items } = schema as Record<string, Record<string, object>>
      for (const [name, member] of Object.entries(properties)) {
        settings.push(name)
        visit(member)
      }
      for (const member of Object.values(patternProperties)) visit(member)
      if (items !== undefined) visit(items)
    }
    visit(schema)
    t.ok(settings.length > 60)
    for (const name of settings) t.ok(page.includes(`\`${name}\``) || page.includes(`${name}]`) || page.includes(`.${name}`) || page.includes(`[${name}.`), name)
  }
})

/** The examples in the tables of a configuration page, by the table that they stand in. */
function examplesOf(page: string): Record<string, string[]> {
  let table = ''
  const sections: Record<string, string[]> = {}
  for (const line of page.split('\n')) {
    table = /^## `\[+([^\]]+)\]+`/.exec(line)?.[1] ?? (line.startsWith('## ') ? '' : table)
    const example = /^\| `[a-z_]+` \| .*? \| .*? \| `([a-z_]+ = .*?)` \|/.exec(line)?.[1]
    if (example !== undefined && !line.includes('## ')) (sections[table] ??= []).push(example.replaceAll('\\|', '|'))
  }
  return sections
}

t.test('the examples in the encoder’s tables are settings that it takes', async (t) => {
  const sections = examplesOf(encoderPages['reference/encoder-config.md']())
  const rung = `{ ${(sections['profiles.<name>.rungs'] ?? []).join(', ')} }`.replace('"h264"', '"hevc"').replace('keep_hdr = false', 'keep_hdr = true')
  // The hook calls one of two things.
  const hook = (sections['after_publish'] ?? []).filter((line) => !line.startsWith('command'))
  const tables = Object.entries(sections).filter(([name]) => !['', 'profiles.<name>.rungs', 'profiles.<name>', 'after_publish', 'api.tls'].includes(name))
  const config = parseEncoderConfig(`
${(sections[''] ?? []).join('\n')}
${tables.map(([name, lines]) => `[${name}]\n${lines.join('\n')}`).join('\n')}
[api.tls]
${(sections['api.tls'] ?? []).join('\n')}
[after_publish]
${hook.join('\n')}
[profiles.sport]
${(sections['profiles.<name>'] ?? []).join('\n')}
rungs = [${rung}]
`)
  t.match(config, { store: { prefix: 'vod', concurrency: 4 }, profiles: { sport: { preset: 'medium', rungs: [{ id: 'v720' }] } }, housekeeping: { keep_done: 0 } })
})

t.test('the examples in its tables are settings that the agent takes', async (t) => {
  const sections = examplesOf(configPage())
  const text = (name: string) => (sections[name] ?? []).join('\n')
  t.ok(text('services.<name>').includes('strategy'))
  const inline = (name: string) => `{ ${(sections[name] ?? []).join(', ')} }`
  // `upstream` and `route_cache` belong to different strategies, the rest goes together.
  const service = text('services.<name>').replace(/^upstream.*\n/m, '')
  parseAgentConfig(`
${text('')}
[api]
${text('api')}
[api.tls]
${text('api.tls')}
[nginx]
${text('nginx')}
[services.app]
${service}
pools.blue.servers = ["127.0.0.1:3001"]
pools.green.servers = ["127.0.0.1:3002"]
probe = ${inline('services.<name>.probe')}
maintenance = ${inline('services.<name>.maintenance')}
[services.app.health]
${text('services.<name>.health')}
body = ${inline('services.<name>.health.body')}
[[services.app.gates.command]]
${text('services.<name>.gates.command')}
[[services.app.gates.http]]
${text('services.<name>.gates.http').replace('smoke-test', 'another')}
`)
})

t.test('the errors page has every code once, as an anchor that problem documents point to', async (t) => {
  const page = errorsPage()
  for (const { code } of Object.values(errors)) t.equal(page.split(`<a id="${code}"></a>`).length, 2, code)
  const ofEncoder = encoderPages['reference/encoder-errors.md']()
  for (const { code } of Object.values(encoderErrors)) t.equal(ofEncoder.split(`<a id="${code}"></a>`).length, 2, code)
  for (const { code } of Object.values(jobErrors)) t.equal(ofEncoder.split(`<a id="job-${code}"></a>`).length, 2, code)
})

t.test('a page that does not say what the code does is told by name, with exit code 1', async (t) => {
  const copy = await mkdtemp(join(tmpdir(), 'greenroom-docs-'))
  t.teardown(() => rm(copy, { recursive: true }))
  for (const name of ['agent', 'encoder', 'shared', 'docs', 'package.json']) await cp(join(root, name), join(copy, name), { recursive: true })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  const build = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(copy, 'docs/build.ts'), ...args], { env: {} }).then(
      () => ({ code: 0, stderr: '' }),
      (error: { code: number; stderr: string }) => error,
    )
  await build()
  t.match(await build('--check'), { code: 0 })
  const page = join(copy, 'docs/reference/errors.md')
  const fresh = await readFile(page, 'utf8')
  await appendFile(page, 'edited\n')
  t.match(await build('--check'), { code: 1, stderr: 'docs/reference/errors.md does not say what the code does. Run: npm run docs\n' })
  await rm(page)
  t.match(await build('--check'), { code: 1, stderr: /errors\.md/ })
  await build()
  t.equal(await readFile(page, 'utf8'), fresh)
})
