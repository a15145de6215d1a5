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
import { CONFIG_EXAMPLE } from '../../docs/build/config-example.ts'
import { configPage } from '../../docs/build/config-page.ts'
import { errorsPage } from '../../docs/build/errors-page.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

t.test('the example of the configuration page is one that the agent takes', async (t) => {
  const config = parseAgentConfig(CONFIG_EXAMPLE)
  t.same(Object.keys(config.services), ['app', 'ingest'])
})

t.test('the page names every setting of the schema', async (t) => {
  const page = configPage()
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
  visit(AgentConfigSchema)
  t.ok(settings.length > 60)
  for (const name of settings) t.ok(page.includes(`\`${name}\``) || page.includes(`${name}]`) || page.includes(`.${name}`) || page.includes(`[${name}.`), name)
})

t.test('the examples in its tables are settings that the agent takes', async (t) => {
  let table = ''
  const sections: Record<string, string[]> = {}
  for (const line of configPage().split('\n')) {
    table = /^## `\[+([^\]]+)\]+`/.exec(line)?.[1] ?? (line.startsWith('## ') ? '' : table)
    const example = /^\| `[a-z_]+` \| .*? \| .*? \| `([a-z_]+ = .*?)` \|/.exec(line)?.[1]
    if (example !== undefined && !line.includes('## ')) (sections[table] ??= []).push(example.replaceAll('\\|', '|'))
  }
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
