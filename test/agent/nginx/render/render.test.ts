import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { stringify } from 'smol-toml'
import t from 'tap'
import type { AgentConfig } from '../../../../agent/config.ts'
import { parseAgentConfig } from '../../../../agent/load-config.ts'
import { isSealed } from '../../../../agent/nginx/generated/seal.ts'
import { renderFiles, renderRouteTests } from '../../../../agent/nginx/render/render.ts'
import type { HostPlan } from '../../../../agent/nginx/traffic.ts'
import type { Route } from '../../../../agent/switching/route.ts'
import { ConfigError } from '../../../../shared/config/load.ts'
import { GREEN, BLUE } from '../../../support/edge.ts'
import { testNginx } from '../../../support/nginx.ts'
import { readAsNginx, type Seen } from '../../../support/nginx-tokens.ts'

/** Every text that reaches a generated file. */
interface Texts {
  name: string
  server: string
  other: string
  key: string
  upstream: string
  includeDir: string
  routesDir: string
  verifyListen: string
}

const HARMLESS: Texts = {
  name: 'app',
  server: '127.0.0.1:3001',
  other: '127.0.0.1:3002',
  key: 'cookie:sid',
  upstream: 'backend',
  includeDir: '/etc/nginx/greenroom',
  routesDir: '/var/lib/greenroom/routes',
  verifyListen: '127.0.0.1:9442',
}

function tomlOf(texts: Texts): string {
  const pools = { blue: { servers: [texts.server] }, green: { servers: [texts.other] } }
  return stringify({
    nginx: { include_dir: texts.includeDir, routes_dir: texts.routesDir, verify_listen: texts.verifyListen },
    services: {
      [texts.name]: { pools, key: texts.key },
      classic: { strategy: 'reload', upstream: texts.upstream, pools: { blue: { servers: ['127.0.0.1:1'] }, green: { servers: ['127.0.0.1:2'] } } },
      raw: { strategy: 'reload', context: 'stream', pools: { blue: { servers: ['127.0.0.1:3'] }, green: { servers: ['127.0.0.1:4'] } } },
    },
  })
}

function planOf(config: AgentConfig): HostPlan {
  return Object.entries(config.services).map(([name, { pools }]) => ({ name, route: BLUE, pools: { blue: pools.blue.servers, green: pools.green.servers } }))
}

/** What must not depend on any text: directives, how many words each has, and how many variables are in them. */
function shapeOf(seen: Seen[]): unknown {
  return seen.map(({ words, block }) => [words[0]?.startsWith('"') === true ? '""' : words[0], words.length, words.join('').split('$').length, block === null ? null : shapeOf(block)])
}

function shapesOf(files: Map<string, string>): unknown {
  return [...files.values()].map((text) => shapeOf(readAsNginx(text)))
}

const base = parseAgentConfig(tomlOf(HARMLESS))
const expectedShape = (key: string) => shapesOf(renderFiles(parseAgentConfig(tomlOf({ ...HARMLESS, key })), planOf(base), 'nonce'))
const withKey = expectedShape('cookie:sid')
const withoutKey = expectedShape('address')

const FIELDS = Object.keys(HARMLESS) as (keyof Texts)[]
/** Only some at a time, or hardly one configuration would be accepted as a whole. */
const someFields = fc.subarray(FIELDS, { minLength: 1, maxLength: 3 })
const only = (fields: readonly (keyof Texts)[], texts: Texts): Texts => ({ ...HARMLESS, ...Object.fromEntries(fields.map((field) => [field, texts[field]])) })

const NASTY = [';', '{', '}', '"', "'", '#', '$', '\\', '\n', '\r', ' ', '\t', '\0', ')', '(', '*', '~', '${a}', '\u2028', 'é', '%', '..', 'unix:', '; } http {', '# ']

/** Allowed in one place or another, so that not everything is refused at sight. */
const NAUGHTY = ['a', 'Z', '0', '9', '.', '-', '_', '/', ':', '@', '+', ',', '=', '[', ']']

/** A harmless text into which something is put that Nginx might take for more than text. */
const spoiled = (text: string) =>
  fc.oneof(
    fc.tuple(fc.nat(text.length), fc.constantFrom(...NASTY, ...NAUGHTY)).map(([at, nasty]) => text.slice(0, at) + nasty + text.slice(at)),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )

t.test('whatever the texts are, they end up in their place or are refused: the schema may fail and the files still hold', async (t) => {
  let rendered = 0
  const texts = fc.record(Object.fromEntries(FIELDS.map((field) => [field, spoiled(HARMLESS[field])])) as { [K in keyof Texts]: fc.Arbitrary<string> })
  fc.assert(
    fc.property(texts, someFields, (generated, fields) => {
      const spoilt = only(fields, generated)
      const [service] = Object.values(base.services)
      const { classic, raw } = base.services
      const config: AgentConfig = {
        ...base,
        nginx: { ...base.nginx, include_dir: spoilt.includeDir, routes_dir: spoilt.routesDir, verify_listen: spoilt.verifyListen },
        services: {
          [spoilt.name]: { ...service!, key: spoilt.key, pools: { blue: { servers: [spoilt.server] }, green: { servers: [spoilt.other] } } },
          classic: { ...classic!, upstream: spoilt.upstream },
          raw: raw!,
        },
      }
      let files: Map<string, string>
      try {
        files = renderFiles(config, planOf(config), 'nonce')
      } catch (error) {
        return error instanceof RangeError
      }
      rendered++
      return JSON.stringify(shapesOf(files)) === JSON.stringify(spoilt.key === 'address' ? withoutKey : withKey)
    }),
    { numRuns: 3000 },
  )
  t.ok(rendered > 100, `${rendered} were rendered`)
})

/** Texts as the schema describes them, at the edges of what it may accept. */
const host = fc.oneof(
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
  fc.domain(),
  fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/),
  fc.constantFrom('unix', 'UNIX', 'localhost', '*', '$host', 'a_b', '-', 'default'),
)
const hostPort = fc.tuple(host, fc.nat(70_000)).map(([name, port]) => `${name}:${port}`)
const path = fc.oneof(fc.stringMatching(/^(\/[!-~]{1,8}){1,4}$/), fc.stringMatching(/^(\/[A-Za-z0-9._@+,=-]{1,12}){1,4}$/))
const acceptable: fc.Arbitrary<Texts> = fc.record({
  name: fc.oneof(fc.stringMatching(/^[a-z][a-z0-9_-]{0,25}$/), fc.constant('app')),
  server: hostPort,
  other: hostPort,
  key: fc.oneof(fc.constant('address'), fc.stringMatching(/^(cookie|header):[!-~]{1,8}$/), fc.stringMatching(/^(cookie|header):[A-Za-z0-9_-]{1,20}$/)),
  upstream: fc.oneof(fc.stringMatching(/^[!-~]{1,10}$/), fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,60}$/)),
  includeDir: path,
  routesDir: path,
  verifyListen: fc.oneof(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(65_535)).map(([a, b, port]) => `127.0.${a}.${b}:${port}`), hostPort),
})

t.test('what the schema accepts is rendered, in its place', async (t) => {
  let accepted = 0
  fc.assert(
    fc.property(acceptable, someFields, (generated, fields) => {
      const texts = only(fields, generated)
      let config: AgentConfig
      try {
        config = parseAgentConfig(tomlOf(texts))
      } catch (error) {
        if (error instanceof ConfigError) return true
        throw error
      }
      accepted++
      const files = renderFiles(config, planOf(config), 'nonce')
      const everything = [...files.values()].flatMap((text) => allOf(readAsNginx(text)))
      const servers = everything.filter(({ words }) => words[0] === 'server' && words.length === 2).map(({ words }) => words[1])
      return (
        JSON.stringify(shapesOf(files)) === JSON.stringify(texts.key === 'address' ? withoutKey : withKey) &&
        [...files.values()].every(isSealed) &&
        servers.includes(texts.server) &&
        servers.includes(texts.other) &&
        !servers.some((server) => /^unix:/i.test(server ?? ''))
      )
    }),
    { numRuns: 1500, examples: [[{ ...HARMLESS, server: 'unix:3001' }, ['server']]] },
  )
  t.ok(accepted > 200, `${accepted} were accepted`)
})

function allOf(seen: Seen[]): Seen[] {
  return seen.flatMap((one) => [one, ...allOf(one.block ?? [])])
}

t.test('Nginx accepts what is rendered: long names, many services, every option', async (t) => {
  await using nginx = await testNginx({ stream: '' })
  const services = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [
      `service-with-a-long-na${String(i).padStart(2, '0')}`,
      {
        pools: { blue: { servers: [`127.0.0.1:${20_000 + 2 * i}`, `[::1]:${20_000 + 2 * i}`] }, green: { servers: [`127.0.0.1:${20_001 + 2 * i}`] } },
        key: ['address', 'cookie:sid', 'header:X-User-Id'][i % 3]!,
        pins: i % 4 !== 0,
        keepalive: i % 5,
        ...(i % 7 === 0 && { route_cache: '2s' }),
      },
    ]),
  )
  const config = parseAgentConfig(
    stringify({
      nginx: { include_dir: nginx.includeDir, routes_dir: nginx.routesDir, verify_listen: '127.0.0.1:9442' },
      services: {
        ...services,
        raw: { strategy: 'reload', context: 'stream', pools: { blue: { servers: ['127.0.0.1:3'] }, green: { servers: ['127.0.0.1:4'] } } },
        classic: { strategy: 'reload', pools: { blue: { servers: ['127.0.0.1:5'] }, green: { servers: ['127.0.0.1:6'] } } },
      },
    }),
  )
  for (const [name, text] of renderFiles(config, planOf(config), 'nonce')) {
    await mkdir(dirname(join(nginx.includeDir, name)), { recursive: true })
    await writeFile(join(nginx.includeDir, name), text)
  }
  const vhosts = Object.keys(services).map((name) => `server { listen 127.0.0.1:1; server_name ${name}; include ${nginx.includeDir}/server/${name}.conf; location / { proxy_pass http://$greenroom_${name.replaceAll('-', '_')}; } }`)
  await nginx.write({ http: vhosts.join('\n'), stream: 'server { listen 127.0.0.1:2; proxy_pass raw; }' })
  const { stderr } = await promisify(execFile)('/usr/sbin/nginx', ['-t', '-c', nginx.config, '-e', nginx.errorLog])
  t.match(stderr, 'syntax is ok')
  t.notMatch(stderr, '[emerg]')
  t.notMatch(stderr, 'conflicting')
})

t.test('the file that a server block includes sets the scope of the tests and brings them in', async (t) => {
  t.equal(
    renderFiles(base, planOf(base), 'nonce').get('server/app.conf')?.split('\n').slice(2).join('\n'),
    `# Once in a server block. For a second service there, include instead:
# /etc/nginx/greenroom/server/beside/app.conf
open_file_cache off;
include /etc/nginx/greenroom/server/beside/app.conf;
`,
  )
})

t.test('each marker is tested alone, and only for the colour that is not live', async (t) => {
  t.equal(
    testsFile(BLUE).split('\n').slice(2).join('\n'),
    `set $greenroom_app greenroom_app_blue;
if (-f /var/lib/greenroom/routes/app/green-$greenroom_app_bucket) {
    set $greenroom_app greenroom_app_green;
}
if (-f /var/lib/greenroom/routes/app/maintenance-$greenroom_app_bucket) {
    set $greenroom_app greenroom_app_maintenance;
}
`,
  )
  t.match(testsFile(GREEN), 'set $greenroom_app greenroom_app_green;\nif (-f /var/lib/greenroom/routes/app/blue-')
})

function testsFile(route: Route): string {
  return renderRouteTests(base, { ...planOf(base)[0]!, route })
}

t.test('files come in an order in which each finds what it includes', async (t) => {
  t.same([...renderFiles(base, planOf(base), 'nonce').keys()], ['server/beside/app.conf', 'server/app.conf', 'stream.conf', 'http.conf'])
})
