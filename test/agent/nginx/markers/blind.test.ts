import { chmodSync, chownSync, renameSync, rmSync } from 'node:fs'
import t from 'tap'
import { prepareMarkers } from '../../../../agent/nginx/markers/change.ts'
import { ensureMarkers } from '../../../../agent/nginx/markers/ensure.ts'
import { currentGeneration } from '../../../../agent/nginx/markers/generations.ts'
import { askRoute } from '../../../../agent/nginx/verify-client.ts'
import { Problem } from '../../../../shared/errors/problem.ts'
import { BLUE, GREEN, testEdge, type Edge } from '../../../support/edge.ts'

const signal = AbortSignal.timeout(120_000)
const asRoot = process.getuid?.() === 0 ? {} : { skip: 'Nginx’s workers are another user only where the tests run as root' }

async function toGreen(edge: Edge) {
  return prepareMarkers(edge.config, edge.plan('app', BLUE), edge.plan('app', GREEN))
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const thrown = await promise.then(() => new Error('nothing was thrown'), (error: unknown) => error)
  if (thrown instanceof Problem) return thrown
  throw thrown
}

t.test('a routes directory that the workers may not enter fails the proof, which names it and the chmod', asRoot, async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const change = await toGreen(edge)
  chmodSync(edge.nginx.routesDir, 0o700)
  await change.apply(signal)
  const problem = await problemOf(change.prove(signal))
  t.equal(problem.code, 'not_applied')
  t.equal(problem.facts.directory, edge.nginx.routesDir)
  t.equal(problem.facts.command, `chmod o+x ${edge.nginx.routesDir}`)
  t.match(problem.message, `Run: chmod o+x ${edge.nginx.routesDir}.`)
  t.match(String(problem.facts.log_line), /\[crit\] .*stat\(\) ".*" failed \(13: Permission denied\)/)
  t.match((await problemOf(change.restore())).message, 'chmod o+x', 'pinned testers get blue, so it is not as it was')
  chmodSync(edge.nginx.routesDir, 0o755)
  t.match((await change.restore()).evidence, 'answers as wanted')
})

t.test('a directory above that only the group may not enter is named with the chmod for the group', asRoot, async (t) => {
  await using edge = await testEdge({ services: { app: { pins: false } } })
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const change = await toGreen(edge)
  // www-data is group 33 on Debian.
  chownSync(edge.nginx.root, 0, 33)
  chmodSync(edge.nginx.root, 0o705)
  await change.apply(signal)
  t.equal((await problemOf(change.prove(signal))).facts.command, `chmod g+x ${edge.nginx.root}`)
  chmodSync(edge.nginx.root, 0o755)
})

t.test('where the workers are blind already, the change is refused before anything is touched', asRoot, async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  chmodSync(edge.nginx.routesDir, 0o700)
  const before = currentGeneration(edge.nginx.routesDir, 'app')
  const problem = await problemOf(toGreen(edge))
  t.match(problem.message, /nothing was changed, .* Run: chmod o\+x/)
  t.equal(currentGeneration(edge.nginx.routesDir, 'app'), before)
})

t.test('where no directory is closed, other reasons are named, such as symbolic links that Nginx refuses', async (t) => {
  await using edge = await testEdge({ http: 'disable_symlinks on;' })
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  t.match((await problemOf(toGreen(edge))).message, /every directory on the way may be entered.*`disable_symlinks on`/)
})

t.test('a lost routes directory falls back to the last live colour, and the next change makes it anew', async (t) => {
  await using edge = await testEdge({ services: { app: { pins: false } } })
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const change = await toGreen(edge)
  await change.apply(signal)
  await change.prove(signal)
  t.same(await change.settle(), [])
  await edge.nginx.stop()
  await edge.nginx.start()
  rmSync(edge.nginx.routesDir, { recursive: true })
  const colour = async () => (await fetch(`http://127.0.0.1:${edge.ports.app}/`)).text()
  t.equal(await colour(), 'green', 'settled as the fallback before the restart')
  t.same(await askRoute(edge.config.nginx.verify_listen, 'app', '00', 'gen-1'), {
    colour: 'green',
    maintenance: false,
    generationSeen: false,
    nonce: 'test-nonce',
  })

  t.same(await ensureMarkers(edge.config, [edge.plan('app', GREEN)]), { created: ['app'], differing: [] })
  const back = await prepareMarkers(edge.config, edge.plan('app', GREEN), edge.plan('app', BLUE))
  await back.apply(signal)
  await back.prove(signal)
  t.equal(await colour(), 'blue')
})

t.test('a routes directory lost during a change is restored for what was served before', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const change = await toGreen(edge)
  await change.apply(signal)
  renameSync(edge.nginx.routesDir, `${edge.nginx.routesDir}.away`)
  t.match((await problemOf(change.prove(signal))).code, /^(not_applied|storage_failed)$/)
  t.equal((await problemOf(change.restore())).code, 'storage_failed')
  renameSync(`${edge.nginx.routesDir}.away`, edge.nginx.routesDir)
  t.match((await change.restore()).evidence, 'answers as wanted')
})

t.test('without Nginx, or without the include, a change is refused and says what to do', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  const absent = await problemOf(toGreen(edge))
  t.equal(absent.code, 'nginx_not_running')
  await edge.nginx.write({ included: false })
  await edge.nginx.start()
  const excluded = await problemOf(toGreen(edge))
  t.equal(excluded.code, 'nginx_not_including')
  t.match(excluded.message, `Include ${edge.nginx.includeDir}/http.conf`)
})
