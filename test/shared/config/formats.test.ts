import * as fc from 'fast-check'
import t from 'tap'
import { agentFormats } from '../../../agent/config-formats.ts'
import { type Format, formats as sharedFormats } from '../../../shared/config/formats.ts'

const formats: Record<string, Format> = { ...sharedFormats, ...agentFormats }

const examples: Record<string, { good: string[]; bad: string[] }> = {
  duration: { good: ['0s', '250ms', '7d'], bad: ['', '5', '1.5s', 'PT1S'] },
  size: { good: ['1B', '64KiB'], bad: ['', '64', '1K'] },
  'absolute-path': {
    good: ['/a', '/etc/nginx/nginx.conf', '/srv/a_b-c@1,2=3+4/.hidden/..x', '/a...'],
    bad: ['', '/', 'a', './a', '/a/', '//a', '/a//b', '/a/../b', '/a/.', '/..', '/a b', '/a;b', '/a{b', '/a}b', '/a"b', "/a'b", '/a\\b', '/a$b', '/a#b', '/a\nb', '/a\0', '/a*', '/é', `/${'x'.repeat(1024)}`],
  },
  'host-port': {
    good: ['127.0.0.1:1', '[::1]:65535', 'localhost:80', 'app.internal:3001', 'my_app:80', 'A-b.c:1', '[fe80::1]:1'],
    bad: ['', ':80', '127.0.0.1', '127.0.0.1:', '127.0.0.1:0', '127.0.0.1:080', '127.0.0.1:65536', '127.0.0.1:8x', '::1:80', '::1', '[::1]', '[::g]:1', '[fe80::1%eth0]:1', '1.2.3.999:1', '1.2.3:1', 'a..b:1', '-a:1', 'a-:1', 'a b:1', 'http://a:1', 'a:1 weight=5', 'a:1;', 'unix:/x:1', '$host:80', `${'a'.repeat(64)}:1`, 'a:80\n'],
  },
  'listen-address': { good: ['127.0.0.1:9440', 'unix:/run/x/api.sock', '[::]:1'], bad: ['', '9440', 'unix:', 'unix:run/x', 'unix:/a b', `unix:/${'x'.repeat(107)}`] },
  hostname: { good: ['a', 'app.example.com', '127.0.0.1', '[::1]'], bad: ['', 'a:80', 'a/b', 'http://a', 'a b', '1.2.3', 'a.', '::1'] },
  'url-path': { good: ['/', '/healthz?deep=1&x=%20', "/a(b)!$&'*+,;=:@~"], bad: ['', 'a', '/a b', '/a#b', '/é', '/%zz', '/a"', '/a\n', '/a\\b', '/{x}'] },
  'http-url': {
    good: ['http://127.0.0.1:1/ready', 'https://example.com', 'http://[::1]:8/x?a=b', 'http://a/{service}/{from}/{to}?kind={kind}'],
    bad: ['', 'a', '/x', 'ftp://a', 'http://', 'http://a b', 'http://user:pw@a/', 'http://a/#x', 'http://a/{colour}', 'http://a/{', 'http://a/\n', 'http://a:99999/', 'HTTP//a'],
  },
  'header-name': { good: ['X-Version', 'etag', "!#$%&'*+.^_`|~"], bad: ['', 'a b', 'a:', 'é', 'a\n'] },
  regex: { good: ['^ok$', ''], bad: ['(', '[a', '*'] },
  'service-name': { good: ['a', 'app-2_x', 'genx', 'gen-x', 'a'.repeat(24)], bad: ['', 'A', '1a', '-a', '_a', 'a.b', 'a b', 'gen-1', 'gen-007', 'a'.repeat(25), 'a\n', 'ä'] },
  'upstream-name': { good: ['app', 'App_Backend', 'backend.example.com', 'a-b'], bad: ['', '1a', 'a b', 'a;b', 'a:80', 'a/b', '$a', 'a{', 'a'.repeat(65)] },
  'gate-name': { good: ['smoke-test', 'a1'], bad: ['', 'A', '1', 'a b', 'a\n', 'a'.repeat(33)] },
  'client-key': { good: ['address', 'cookie:session_id', 'header:X-User-Id'], bad: ['', 'cookie:', 'cookie:a-b', 'cookie:a;b', 'header:a_b', 'header:1', 'header:X Y', 'Address', 'ip', 'header:$x'] },
}

t.test('each format has an example that it accepts, and says what it expects', async (t) => {
  for (const [name, format] of Object.entries(formats)) {
    t.equal(format.check(format.example), undefined, `${name}: ${format.example}`)
    t.ok(format.expected.length > 10, name)
    t.ok(name in examples, `${name} is tested here`)
  }
})

for (const [name, { good, bad }] of Object.entries(examples)) {
  t.test(`${name} accepts what it should and refuses the rest with a reason`, async (t) => {
    for (const text of good) t.equal(formats[name]?.check(text), undefined, JSON.stringify(text))
    for (const text of bad) t.match(formats[name]?.check(text), /\w{3}/, JSON.stringify(text))
  })
}

t.test('the reason is more to the point where it can be', async (t) => {
  const known: [string, string, RegExp][] = [
    ['host-port', '::1', /as in "\[::1\]:3001"/],
    ['host-port', 'http://a:1', /without scheme/],
    ['host-port', 'app', /port is missing, as in "app:3001"/],
    ['host-port', 'app:0', /port from 1 to 65535/],
    ['absolute-path', '/etc//nginx/', /"\/etc\/nginx", without doubled or trailing slashes/],
    ['absolute-path', 'etc/nginx', /beginning with \//],
    ['listen-address', `unix:/${'x'.repeat(110)}`, /at most 107 characters \(it has 111\)/],
    ['http-url', 'http://me:pw@host/', /without user name and password/],
    ['http-url', 'http://host/{colour}', /placeholders are .*, not \{colour\}/],
    ['service-name', 'gen-12', /what generations are called/],
    ['client-key', 'header:X_User', /Nginx drops headers with "_"/],
    ['client-key', 'cookie:a-b', /no variable for others/],
  ]
  for (const [name, text, reason] of known) t.match(formats[name]?.check(text), reason, text)
})

t.test('nothing that is accepted for an Nginx file can leave its place there', async () => {
  const hostile = fc.string({ unit: fc.oneof(fc.constantFrom(';', '{', '}', '"', "'", '\\', '#', '$', '\n', '\r', '\t', ' ', '\0', '*', '~', '(', ')', '`', '/', '.', ':', '-', '_', '[', ']', '0', 'a', 'é'), fc.string({ minLength: 1, maxLength: 1 })), maxLength: 24 })
  for (const name of ['absolute-path', 'host-port', 'service-name', 'upstream-name', 'client-key', 'listen-address']) {
    const seeds = examples[name]?.good ?? []
    const text = fc.oneof(hostile, fc.tuple(fc.constantFrom(...seeds), hostile, fc.nat(40)).map(([good, extra, at]) => good.slice(0, at) + extra + good.slice(at)))
    fc.assert(
      fc.property(text, (text) => formats[name]?.check(text) !== undefined || /^[A-Za-z0-9._@+,=:/[\]-]*$/.test(text)),
      { numRuns: 5000 },
    )
  }
})
