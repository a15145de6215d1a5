import t from 'tap'
import { carryOut, reloadHost } from '../../../support/reload-host.ts'

for (const workers of [1, 4]) {
  t.test(`a reload with ${workers} workers is proven by fresh connections, and only then`, async (t) => {
    await using host = await reloadHost({ workers })
    t.equal(await host.colour(), 'blue')
    const change = await host.prepare('green')
    t.equal(change.changes, true)
    t.match(change.diff, /^-.*server 127\.0\.0\.1:\d+/m)
    t.equal(await host.colour(), 'blue', 'preparing shows no request anything')
    const started = performance.now()
    const proof = await carryOut(change)
    t.comment(`proven after ${Math.round(performance.now() - started)} ms`)
    t.match(proof.evidence, /fresh connections/)
    t.same(await Promise.all(Array.from({ length: 20 }, () => host.colour())), Array.from({ length: 20 }, () => 'green'))
    t.same(host.reloads, ['proven'])
  })
}

t.test('asked for what is already loaded, nothing is reloaded and it is still proven', async (t) => {
  await using host = await reloadHost()
  const change = await host.prepare('blue')
  t.equal(change.changes, false)
  t.equal(change.diff, '')
  t.match((await carryOut(change)).evidence, /as they are on disk/)
  t.same(host.reloads, [])
})

t.test('there and back again: a rollback by reload', async (t) => {
  await using host = await reloadHost()
  await carryOut(await host.prepare('green'))
  await carryOut(await host.prepare('blue', { urgent: true }))
  t.equal(await host.colour(), 'blue')
  t.same((await host.traffic.inspect(host.plan('blue'))).files, 'current')
})
