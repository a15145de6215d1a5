import { execFile } from 'node:child_process'
import { linkSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { ensureMarkers } from '../../../../agent/nginx/markers/ensure.ts'
import { currentGeneration, generationFor, holds, pointTo, pruneGenerations, removeGenerations } from '../../../../agent/nginx/markers/generations.ts'
import { routeOnDisk } from '../../../../agent/nginx/markers/on-disk.ts'
import type { Route } from '../../../../agent/switching/route.ts'
import { BLUE, GREEN, testConfig } from '../../../support/edge.ts'
import { testNginx } from '../../../support/nginx.ts'
import { noSmallDisk, smallDisk } from '../../../support/small-disk.ts'

async function limitInodes(path: string, count: number) {
  await promisify(execFile)('mount', ['-o', `remount,nr_inodes=${count}`, path])
}

function weighted(green: number): Route {
  return { ...BLUE, weights: { green, blue: 100 - green } }
}

t.test('numbers grow over all services, and going back costs no new generation', async (t) => {
  const routes = t.testdir()
  t.equal(await generationFor(routes, 'app', BLUE), 'gen-1')
  t.equal(await generationFor(routes, 'shop', BLUE), 'gen-2')
  t.equal(await generationFor(routes, 'app', GREEN), 'gen-3')
  t.equal(await generationFor(routes, 'app', BLUE), 'gen-1')
  t.equal(await generationFor(routes, 'shop', BLUE), 'gen-2')
})

t.test('of a service that is gone everything is removed, and nothing that is not its own', async (t) => {
  const routes = t.testdir()
  for (const service of ['app', 'shop']) pointTo(routes, service, await generationFor(routes, service, BLUE))
  await generationFor(routes, 'app', GREEN)
  symlinkSync('gen-2', join(routes, 'other'))
  mkdirSync(join(routes, 'gen-9'))
  t.equal(removeGenerations(routes, 'app'), 2)
  t.same(readdirSync(routes).toSorted(), ['gen-2', 'gen-9', 'other', 'shop'])
  t.equal(removeGenerations(routes, 'other'), 0)
  t.ok(lstatSync(join(routes, 'other')).isSymbolicLink(), 'a link to another service’s generation is somebody else’s')
  t.equal(removeGenerations(join(routes, 'nowhere'), 'app'), 0)
})

t.test('a generation that was tampered with is not used again', async (t) => {
  const routes = t.testdir()
  await generationFor(routes, 'app', BLUE)
  rmSync(join(routes, 'gen-1/blue-42'))
  t.equal(holds(routes, 'gen-1', 'app', BLUE), false)
  t.equal(await generationFor(routes, 'app', BLUE), 'gen-2')
  linkSync(join(routes, 'gen-2/gen-2'), join(routes, 'gen-2/green-42'))
  t.equal(await generationFor(routes, 'app', BLUE), 'gen-3')
  rmSync(join(routes, 'gen-3/blue-42'))
  mkdirSync(join(routes, 'gen-3/blue-42'))
  t.equal(await generationFor(routes, 'app', BLUE), 'gen-4', 'a directory of that name is not what -f sees')
})

t.test('a writer that was killed leaves nothing that is taken for a generation', async (t) => {
  const routes = t.testdir({ '.next-generation': { 'blue-00': '' } })
  symlinkSync('gen-9', join(routes, '.next-app'))
  t.equal(await generationFor(routes, 'app', BLUE), 'gen-1')
  pointTo(routes, 'app', 'gen-1')
  t.same(readdirSync(routes).toSorted(), ['app', 'gen-1'])
})

t.test('any user can look into a generation whatever the umask is', async (t) => {
  const umask = process.umask(0o077)
  t.teardown(() => process.umask(umask))
  await using nginx = await testNginx()
  const config = testConfig(nginx, { app: {} }, 1)
  const routes = join(nginx.root, 'new/routes')
  const fresh = { ...config, nginx: { ...config.nginx, routes_dir: routes } }
  t.same(await ensureMarkers(fresh, [{ name: 'app', route: BLUE, pools: { blue: [], green: [] } }]), { created: ['app'], differing: [] })
  t.equal(statSync(routes).mode & 0o777, 0o755)
  t.equal(statSync(join(routes, 'app')).mode & 0o777, 0o755)
})

t.test('old generations of a service go, but never the one that is served, nor one that is named, nor another service’s', async (t) => {
  const routes = t.testdir()
  for (const green of [0, 10, 20, 30, 40, 50]) await generationFor(routes, 'app', weighted(green))
  await generationFor(routes, 'shop', BLUE)
  pointTo(routes, 'app', 'gen-1')
  pruneGenerations(routes, 'app', 2, ['gen-3'])
  t.same(readdirSync(routes).toSorted(), ['app', 'gen-1', 'gen-3', 'gen-5', 'gen-6', 'gen-7'])
  t.equal(currentGeneration(routes, 'app'), 'gen-1')
})

t.test('the route that markers tell can be read back, and damaged ones tell none', async (t) => {
  const routes = t.testdir()
  const cases: Route[] = [BLUE, GREEN, { ...weighted(30), maintenance: 'on' }, { ...GREEN, maintenance: 'pinned_through' }]
  for (const route of cases) {
    pointTo(routes, 'app', await generationFor(routes, 'app', route))
    t.same(routeOnDisk(routes, 'app'), { ...route, previous: null })
  }
  rmSync(join(routes, currentGeneration(routes, 'app')!, 'blue-pin-blue'))
  t.equal(routeOnDisk(routes, 'app'), null)
  rmSync(join(routes, 'app'))
  t.equal(routeOnDisk(routes, 'app'), null)
  t.equal(currentGeneration(routes, 'app'), null)
})

t.test('markers that are missing or damaged are made anew; others than the plan’s are left, unless told', async (t) => {
  await using nginx = await testNginx()
  const config = testConfig(nginx, { app: {}, shop: {}, db: { strategy: 'reload' } }, 1)
  const pools = { blue: [], green: [] }
  const plan = (route: Route) => ['app', 'shop', 'db'].map((name) => ({ name, route, pools }))
  t.same(await ensureMarkers(config, plan(BLUE)), { created: ['app', 'shop'], differing: [] })
  t.same(await ensureMarkers(config, plan(BLUE)), { created: [], differing: [] })
  rmSync(join(nginx.routesDir, 'app/blue-07'))
  t.same(await ensureMarkers(config, plan(GREEN)), { created: ['app'], differing: ['shop'] })
  t.match(routeOnDisk(nginx.routesDir, 'shop'), { live: 'blue' })
  t.same(await ensureMarkers(config, plan(GREEN), { replace: true }), { created: ['shop'], differing: [] })
  t.match(routeOnDisk(nginx.routesDir, 'shop'), { live: 'green' })
})

t.test('a service whose name somebody made a directory of is an error, not a loss', async (t) => {
  const routes = t.testdir({ app: { precious: 'file' } })
  t.equal(currentGeneration(routes, 'app'), null)
  t.throws(() => pointTo(routes, 'app', 'gen-1'), { code: 'EISDIR' })
  t.ok(lstatSync(join(routes, 'app/precious')).isFile())
})

t.test('a full disk stops a generation before anything is changed, and nothing half-written stays', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(64)
  const routes = disk.path
  pointTo(routes, 'app', await generationFor(routes, 'app', BLUE))
  // A link takes an inode and no page of a tmpfs; here there is room for about half a generation more.
  await limitInodes(routes, 170)
  await t.rejects(generationFor(routes, 'app', GREEN), { code: 'ENOSPC' })
  t.equal(currentGeneration(routes, 'app'), 'gen-1')
  t.same(readdirSync(routes).toSorted(), ['app', 'gen-1'])
  await limitInodes(routes, 1000)
  t.equal(await generationFor(routes, 'app', GREEN), 'gen-2')
})
