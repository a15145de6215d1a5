import { join } from 'node:path'
import t from 'tap'
import { loadAgentConfig, parseAgentConfig } from '../../agent/load-config.ts'
import { ConfigError } from '../../shared/config/load.ts'

/** The messages, without the file’s name. */
function complaints(text: string): string[] {
  try {
    parseAgentConfig(text)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n').map((line) => line.replace(/^agent\.toml:? ?/, ''))
  }
  return []
}

/** A service of two servers of its own. */
let port = 3000
const service = (name: string, extra = '') => `[services.${name}]\n${extra}\npools.blue.servers = ["127.0.0.1:${port++}"]\npools.green.servers = ["127.0.0.1:${port++}"]\n`

const pools = (name: string, blue: string, green: string) => `[services.${name}]\npools.blue.servers = [${blue}]\npools.green.servers = [${green}]\n`
const nginx = (listen: string) => `[nginx]\nverify_listen = "${listen}"\n`

t.test('the smallest configuration is two servers, and all else has a default', async (t) => {
  const file = join(t.testdir({ 'agent.toml': '[services.app]\npools.blue.servers = ["127.0.0.1:3001"]\npools.green.servers = ["127.0.0.1:3002"]\n' }), 'agent.toml')
  t.match(await loadAgentConfig(file), {
    state_dir: '/var/lib/greenroom-agent',
    api: { listen: ['127.0.0.1:9440', 'unix:/run/greenroom-agent/api.sock'] },
    nginx: { apply_timeout: 10_000, lingering_memory: 2 ** 30, verify_listen: '127.0.0.1:9442' },
    services: { app: { strategy: 'instant', initial: 'blue', keepalive: 32, pins: true, gates: { command: [], http: [] }, maintenance: { retry_after: 120_000 } } },
  })
  t.notOk('health' in ((await loadAgentConfig(file)).services['app'] ?? {}))
})

t.test('settings that the strategy cannot honour', async (t) => {
  t.strictSame(complaints(service('a', 'context = "stream"')), ['1: services.a.strategy: found "instant" with context "stream"; expected "reload": Nginx has no `if` in stream {}, so markers cannot route there'])
  t.match(complaints(service('a-b', 'upstream = "x"')), [/^2: services\.a-b\.upstream: found "x" with strategy "instant"; expected no upstream \(with instant, proxy_pass names \$greenroom_a_b\)/])
  for (const setting of ['route_cache = "1s"', 'pins = false', 'key = "cookie:x"', 'maintenance.page = "/x.html"']) {
    t.match(complaints(service('a', `strategy = "reload"\n${setting}`)), [/^3: services\.a\.[a-z_.]+: found a setting of strategy "instant" in a service of strategy "reload"; expected/])
    t.strictSame(complaints(service('a', setting)), [])
  }
  t.strictSame(complaints(service('a', 'strategy = "reload"\ncontext = "stream"\nupstream = "x"')), [])
})

t.test('services whose names are one name inside Nginx', async (t) => {
  t.match(complaints(service('a-b') + service('a_b')), [/^5: services\.a_b: found the name "a_b"; expected another name: \$greenroom_a_b in Nginx would belong to a-b and a_b both/])
  t.match(complaints(service('app') + service('app-key')), [/services\.app-key: .*\$greenroom_app_key/])
  t.match(complaints(service('app-slot') + service('app')), [/services\.app: .*\$greenroom_app_slot/])
  t.match(complaints(service('x', 'strategy = "reload"\nupstream = "App"') + service('app', 'strategy = "reload"')), [/services\.app: .*upstream app in Nginx would belong to x and app both/], 'Nginx compares without case')
  t.match(complaints(service('app') + service('x', 'strategy = "reload"\nupstream = "greenroom_app_blue"')), [/^7: services\.x\.upstream: found "greenroom_app_blue"; expected another name/])
  t.strictSame(complaints(service('app', 'strategy = "reload"') + service('x', 'strategy = "reload"\ncontext = "stream"\nupstream = "app"')), [], 'http and stream have names of their own')
  t.strictSame(complaints(service('app') + service('app2') + service('blue')), [])
})

t.test('the same server in two pools, or a server that is Greenroom itself', async (t) => {
  t.match(complaints(pools('a', '"h:1"', '"H:1"')), [/^3: services\.a\.pools\.green\.servers\[0\]: found "H:1", which is in a’s blue pool already; expected each server in one pool only: blue and green must be different processes/])
  t.match(complaints(pools('a', '"h:1"', '"h:2"') + pools('b', '"h:3", "h:2"', '"h:4"')), [/^5: services\.b\.pools\.blue\.servers\[1\]: found "h:2", which is in a’s green pool already/])
  t.match(complaints(pools('a', '"127.0.0.1:9440"', '"127.0.0.1:9442"')), [/which is the API of this agent/, /which is the verify server/])
})

t.test('addresses that get into each other’s way', async (t) => {
  t.match(complaints(nginx('10.0.0.1:9442')), [/^2: nginx\.verify_listen: found "10\.0\.0\.1:9442"; expected an IPv4 address in 127\.0\.0\.0\/8/])
  t.match(complaints(nginx('localhost:9442')), [/IPv4 address in 127/])
  t.match(complaints(nginx('127.255.255.254:9442') + service('a')), [/expected an address with 1 more after it/])
  t.strictSame(complaints(nginx('127.255.255.252:9442') + service('a') + service('b')), [])
  t.match(complaints(nginx('127.0.0.1:9440')), [/^api\.listen\[0\]: found "127\.0\.0\.1:9440"; expected another port: Nginx listens on 127\.0\.0\.1:9440 for the verify server/])
  t.match(complaints('[api]\nlisten = ["127.0.0.2:9442"]\n' + service('shop')), [/^2: api\.listen\[0\]: .*127\.0\.0\.2:9442 for the maintenance page of shop/])
  for (const every of ['0.0.0.0', '[::]']) t.match(complaints(`[api]\nlisten = ["${every}:9442"]\n`), [/expected another port/])
  t.match(complaints('[api]\nlisten = ["localhost:9442"]\n'), [/expected another port/])
  for (const [place, text] of Object.entries({ state_dir: 'state_dir = "/proc/x"', 'nginx.include_dir': '[nginx]\ninclude_dir = "/sys"', 'nginx.routes_dir': '[nginx]\nroutes_dir = "/proc/1/routes"' }))
    t.match(complaints(text), [new RegExp(`${place.replace('.', '[.]')}: found .*; expected a directory on a disk: the kernel shows itself in /(proc|sys) and keeps no files there`)])
  t.strictSame(complaints('[nginx]\nroutes_dir = "/process/routes"\n'), [])
  t.match(complaints('state_dir = "/s"\n[nginx]\ninclude_dir = "/s"\nroutes_dir = "/s"\n'), [/which is state_dir/, /which is include_dir/, /which is state_dir/])
})

t.test('durations that mean nothing sensible', async (t) => {
  const health = (text: string) => complaints(service('a', `health = { ${text} }`))
  t.match(health('interval = "0s"'), [/^2: services\.a\.health\.interval: found "0s"; expected more than "0s"/])
  t.match(health('timeout = "0s"'), [/more than "0s"/])
  t.match(health('timeout = "30d"'), [/expected at most "1d"/])
  t.match(health('successes = 10, interval = "10s", deadline = "1m"'), [/health\.deadline: found "1m"; expected more than "1m30s": 10 successes with "10s" between them take that long, so the gate could never pass/])
  t.strictSame(health('monitor_interval = "0s"'), [])
  t.match(health('monitor_interval = "1ms"'), [/at least "100ms"/])
  t.match(complaints(service('a', 'route_cache = "1500ms"')), [/route_cache: found "1s500ms"; expected whole seconds, at least "1s": Nginx counts its cache in seconds/])
  t.match(complaints(service('a', 'route_cache = "10s"')), [/expected less than nginx\.apply_timeout \("10s"\)/])
  t.match(complaints(service('a', 'pin_lifetime = "0s"')), [/whole seconds/])
  t.match(complaints(service('a', 'maintenance.retry_after = "10ms"')), [/Retry-After counts in seconds/])
  t.match(complaints('[nginx]\napply_timeout = "0s"\n'), [/nginx\.apply_timeout: found "0s"; expected at least "100ms"/])
})

t.test('gates that cannot be told apart or assert nothing', async (t) => {
  const gates = (text: string) => complaints(service('a') + text)
  t.match(gates('[[services.a.gates.command]]\nname = "x"\ncommand = ["true"]\n[[services.a.gates.http]]\nname = "x"\nurl = "http://a/"\n'), [
    /^9: services\.a\.gates\.http\[0\]\.name: found "x", which is the name of services\.a\.gates\.command\[0\]; expected a name of its own/,
  ])
  t.match(gates('[[services.a.gates.command]]\nname = "health"\ncommand = ["true"]\n'), [/the name of the health gate/])
  t.match(gates('[[services.a.gates.http]]\nname = "x"\nurl = "http://a/"\nbody = {}\n'), [/found no assertion; expected contains or matches/])
  t.match(complaints(service('a', 'probe = { url = "http://a/{to}" }')), [/probe\.url: .*expected a URL without placeholders/])
})

t.test('one bad service hides no fault of the others', async (t) => {
  t.match(complaints(service('a', 'stratgy = "reload"') + service('b', 'route_cache = "1ms"') + service('c', 'context = "stream"')), [
    /^2: services\.a\.stratgy: found an unknown key; did you mean "strategy"\?/,
    /^6: services\.b\.route_cache: .*whole seconds/,
    /^9: services\.c\.strategy: .*stream/,
  ])
})
