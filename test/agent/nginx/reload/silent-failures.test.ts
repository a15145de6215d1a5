import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { errors } from '../../../../agent/errors.ts'
import { Problem } from '../../../../shared/errors/problem.ts'
import { reloadHost, type ReloadHost } from '../../../support/reload-host.ts'
import { freePort } from '../../../support/ports.ts'

/*
 * `nginx -t` and `nginx -s reload` both end with 0 in each of these, and the old configuration goes on serving. The
 * only trace is one line in the error log.
 */

interface SilentFailure {
  readonly name: string
  readonly before: (port: number, root: string) => string
  readonly after: (port: number, root: string) => string
  readonly line: RegExp
  /** Line of sites/trap.conf that is to blame. */
  readonly place: number
}

const FAILURES: readonly SilentFailure[] = [
  {
    name: 'the key of a limit_req_zone changes',
    before: () => 'limit_req_zone $binary_remote_addr zone=one:1m rate=100r/s;\n',
    after: () => '# by path now\nlimit_req_zone $uri zone=one:1m rate=100r/s;\n',
    line: /\[emerg\] .*limit_req "one" uses the "\$uri" key/,
    place: 2,
  },
  {
    name: 'listen 8080 becomes listen 127.0.0.1:8080',
    before: (port) => `server {\n  listen ${port};\n  return 204;\n}\n`,
    after: (port) => `server {\n  listen 127.0.0.1:${port};\n  return 204;\n}\n`,
    line: /\[emerg\] .*bind\(\) to 127\.0\.0\.1:\d+ failed \(98/,
    place: 2,
  },
  {
    name: 'a proxy_cache_path changes its directory',
    before: (_, root) => `proxy_cache_path ${root}/tmp/one keys_zone=cache:1m;\n`,
    after: (_, root) => `proxy_cache_path ${root}/tmp/two keys_zone=cache:1m;\n`,
    line: /\[emerg\] .*cache "cache" uses the ".*\/two" cache path/,
    place: 1,
  },
]

for (const failure of FAILURES) {
  t.test(`a reload that fails silently because ${failure.name} is reported with its line and restored`, async (t) => {
    await using host = await reloadHost({ started: false })
    const port = await freePort()
    await host.site('trap', failure.before(port, host.nginx.root))
    await host.start()
    const trap = await host.site('trap', failure.after(port, host.nginx.root))
    await fails(t, host, failure.line, { file: trap, line: failure.place })
  })
}

t.test('a reload that fails silently because another process holds the port is reported with its line and restored', async (t) => {
  await using host = await reloadHost()
  const port = await freePort()
  const trap = await host.site('trap', `server {\n  listen 127.0.0.1:${port};\n  return 204;\n}\n`)
  const squatter = createServer().listen(port, '127.0.0.1')
  await once(squatter, 'listening')
  t.teardown(() => squatter.close())
  await fails(t, host, /\[emerg\] .*bind\(\) to 127\.0\.0\.1:\d+ failed \(98/, { file: trap, line: 2 })
})

async function fails(t: Test, host: ReloadHost, line: RegExp, place: { file: string; line: number }): Promise<void> {
  await t.rejects(host.prepare('green'), { code: errors.foreignEdit.code, message: place.file }, 'without force it is refused as somebody else’s edit')
  const generated = await readFile(join(host.nginx.includeDir, 'http.conf'), 'utf8')
  const change = await host.prepare('green', { force: true })
  t.match(change.warnings.join(), place.file)
  const signal = AbortSignal.timeout(20_000)
  await change.apply(signal)
  const problem = await change.prove(signal).then(
    () => t.fail('it was taken for proven'),
    (error: unknown) => error,
  )
  const known = Date.now()
  const logged = (await stat(host.nginx.errorLog)).mtimeMs
  t.ok(problem instanceof Problem && problem.kind === errors.notApplied)
  t.match(problem, { message: line, facts: { nginx_error: line, ...place } })
  t.ok(known - logged < 50, `known ${Math.round(known - logged)} ms after Nginx said so`)
  t.match((await change.restore()).evidence, /still serves/)
  t.equal(await readFile(join(host.nginx.includeDir, 'http.conf'), 'utf8'), generated, 'the files are as before')
  t.equal(await host.colour(), 'blue')
  t.same(host.reloads, ['failed'], 'nothing had to be reloaded for that')
}

