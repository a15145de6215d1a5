import { cp, readFile, realpath, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { execa } from 'execa'
import t, { type Test } from 'tap'
import { buildPackage, type BuildOptions, type Built } from '../../systemd/package/build.ts'
import { closureOf, type Lock } from '../../systemd/package/npm-closure.ts'
import { agent, encoder, type Product } from '../../systemd/package/products.ts'
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

/** What a package is made of, in a checkout elsewhere. */
const SOURCES = ['agent', 'encoder', 'shared', 'systemd', 'package.json', 'package-lock.json', 'LICENSE', 'CHANGELOG.md']
const EPOCH = 1_767_225_600
const MAINTAINER = 'A B <a@b.example>'

t.test('the same source gives the same packages, byte for byte, whoever builds them and wherever', { skip, timeout: 300_000 }, async (t) => {
  const out = t.testdir({ here: {}, there: {}, 'another checkout': {}, root: {} })
  const options: BuildOptions = { root, out: join(out, 'here'), version: '9.8.7', arch: process.arch === 'arm64' ? 'arm64' : 'amd64', epoch: EPOCH, maintainer: MAINTAINER, compression: 'none', cache: out }
  const elsewhere = join(out, 'another checkout')
  for (const name of SOURCES) await cp(join(root, name), join(elsewhere, name), { recursive: true })
  await symlink(await realpath(join(root, 'node_modules')), join(elsewhere, 'node_modules'))
  const words = `umask 077 && exec "$0" systemd/package/main.ts --version 9.8.7 --compression none --maintainer '${MAINTAINER}' --out ../there`
  await execa('sh', ['-c', words, process.execPath], { cwd: elsewhere, env: { SOURCE_DATE_EPOCH: String(EPOCH), TZ: 'Pacific/Chatham', LC_ALL: 'tr_TR.UTF-8', HOME: out } })

  for (const product of [agent, encoder]) {
    const { command } = product.program
    const built = await buildPackage(product, options)
    t.ok(await same(built.deb, join(out, 'there', basename(built.deb))), `${command}: another path, umask, time zone and locale`)
    t.equal(await readFile(built.sbom, 'utf8'), await readFile(join(out, 'there', basename(built.sbom)), 'utf8'))
    await runs(t, product, built, join(out, 'root'))
  }
})

/** Unpacked anywhere, its program runs, and every module that the daemon loads is there. */
async function runs(t: Test, { program: { command, noun }, main }: Product, { deb, sbom }: Built, into: string): Promise<void> {
  await execa('dpkg-deb', ['-x', deb, into])
  const home = join(into, 'usr/lib', command)
  t.equal((await execa(join(home, 'bin/node'), [join(home, main), '--version'])).stdout, '9.8.7')
  t.equal((await execa(join(home, 'bin/node'), ['-e', `import("./${noun}/cli/run-${noun}.ts").then(() => console.log("loaded"))`], { cwd: home })).stdout, 'loaded')
  const parts = (JSON.parse(await readFile(sbom, 'utf8')) as { components: { name: string }[] }).components.map(({ name }) => name)
  t.ok(parts.includes('fastify') && parts.some((name) => name.startsWith('node-linux-')))
  const control = (await execa('dpkg-deb', ['-f', deb])).stdout
  t.match(control, noun === 'agent' ? /^Depends: nginx \| .*polkitd/m : /^Depends: ffmpeg /m)
  const page = gunzipSync(await readFile(join(into, `usr/share/man/man5/${noun}.toml.5.gz`))).toString()
  t.match(page, noun === 'agent' ? /^\\fBstate_dir\\fR$/m : /^\\fBconcurrency\\fR$/m)
}

async function same(one: string, other: string): Promise<boolean> {
  return (await readFile(one)).equals(await readFile(other))
}
