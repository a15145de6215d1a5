import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { execa } from 'execa'
import t from 'tap'
import { buildPackage, type BuildOptions, type Built } from '../../systemd/package/build.ts'
import { closureOf, type Lock } from '../../systemd/package/npm-closure.ts'
import { agent, encoder } from '../../systemd/package/products.ts'
import { traceFrom } from '../../systemd/package/trace.ts'
import { wantedFile } from '../../systemd/package/wanted-file.ts'

const root = join(import.meta.dirname, '../..')
t.setTimeout(300_000)
const dpkg = await execa('dpkg-deb', ['--version'], { reject: false })
const skip = dpkg.failed ? 'there is no dpkg-deb on this machine' : false

t.test('the agent brings nothing of the encoder, and the reverse', async (t) => {
  const [one, other] = await Promise.all([traceFrom(root, agent.main), traceFrom(root, encoder.main)])
  t.same([...new Set(one.files.map((file) => file.split('/')[0]))], ['agent', 'shared'])
  t.same([...new Set(other.files.map((file) => file.split('/')[0]))], ['encoder', 'shared'])
  t.ok(one.packages.includes('fastify') && !one.packages.includes('minio'))
  t.ok(other.packages.includes('minio') && !other.packages.includes('diff'))
  t.ok(other.files.includes('encoder/encode/fence/fence.pl'), 'what is opened by name is there too')
})

t.test('a package is found as Node finds it: nearest first, then outwards', (t) => {
  const entry = (...names: string[]) => ({ version: '1.0.0', dependencies: Object.fromEntries(names.map((name) => [name, '*'])) })
  const lock: Lock = {
    'node_modules/a': entry('b', 'c'),
    'node_modules/a/node_modules/b': entry('c'),
    'node_modules/b': entry(),
    'node_modules/c': { version: '2.0.0', optionalDependencies: { absent: '*' } },
    'node_modules/@scope/d': entry('b'),
  }
  t.same(closureOf(lock, ['a']).map(({ path }) => path), ['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/c'])
  t.same(closureOf(lock, ['@scope/d']).map(({ path, name }) => [path, name]), [['node_modules/@scope/d', '@scope/d'], ['node_modules/b', 'b']])
  t.throws(() => closureOf(lock, ['none']), /has no none, which our code needs/)
  t.end()
})

t.test('of an npm package, what runs is taken and what only accompanies it is not', (t) => {
  for (const path of ['index.js', 'lib/types/deferred.mjs', 'build/schema.json', 'dist/test/helper.cjs']) t.ok(wantedFile(path), path)
  for (const path of ['README.md', 'index.d.ts', 'dist/index.js.map', 'test/a.js', '.github/ci.yml', 'LICENSE', 'lib/x.test.js', 'src/index.ts']) t.notOk(wantedFile(path), path)
  t.end()
})

t.test('the same source gives the same package, which runs', { skip, timeout: 300_000 }, async (t) => {
  const out = t.testdir({ first: {}, second: {}, root: {} })
  const options: Omit<BuildOptions, 'out'> = { root, version: '9.8.7', arch: process.arch === 'arm64' ? 'arm64' : 'amd64', epoch: 1_767_225_600, maintainer: 'A B <a@b.example>', compression: 'none', cache: out }
  const build = async (name: string): Promise<Built> => buildPackage(agent, { ...options, out: join(out, name) })
  const first = await build('first')
  const second = await build('second')
  t.ok((await readFile(first.deb)).equals(await readFile(second.deb)), 'byte for byte')
  t.equal(await readFile(first.sbom, 'utf8'), await readFile(second.sbom, 'utf8'))

  await execa('dpkg-deb', ['-x', first.deb, join(out, 'root')])
  const home = join(out, 'root/usr/lib/greenroom-agent')
  t.equal((await execa(join(home, 'bin/node'), [join(home, 'agent/main.ts'), '--version'])).stdout, '9.8.7')
  // Every module that the daemon loads is there.
  t.equal((await execa(join(home, 'bin/node'), ['-e', 'import("./agent/cli/run-agent.ts").then(() => console.log("loaded"))'], { cwd: home })).stdout, 'loaded')
  const parts = (JSON.parse(await readFile(first.sbom, 'utf8')) as { components: { name: string }[] }).components.map(({ name }) => name)
  t.ok(parts.includes('fastify') && parts.some((name) => name.startsWith('node-linux-')))
  const control = (await execa('dpkg-deb', ['-f', first.deb])).stdout
  t.match(control, /^Depends: nginx \| .*polkitd/m)
  const page = gunzipSync(await readFile(join(out, 'root/usr/share/man/man5/agent.toml.5.gz'))).toString()
  t.match(page, /^\\fBstate_dir\\fR$/m)
})
