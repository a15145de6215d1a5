import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { errors } from '../../../../agent/errors.ts'
import { carryOut, reloadHost } from '../../../support/reload-host.ts'
import { until } from '../../../support/until.ts'

t.test('a reload waits while workers of earlier ones linger; a rollback never does', async (t) => {
  await using host = await reloadHost({ workers: 1, nginx: { lingering_workers: 0, lingering_wait: 120 } })
  const held = connect(host.port, '127.0.0.1')
  t.teardown(() => held.destroy())
  await once(held, 'connect')
  // A request that has begun keeps its worker alive.
  held.write('POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 10\r\n\r\n')
  await until('the worker has the request', async () => (await host.nginx.errors()) !== '' && host.colour())
  await carryOut(await host.prepare('green'))
  const { lingering } = await host.traffic.inspect(host.plan('green'))
  t.equal(lingering.length, 1)
  const [worker] = lingering
  t.ok(worker!.rss_bytes > 1 << 20 && worker!.age_ms < 60_000)

  const never = new AbortController().signal
  const room = async (signal = never) => host.traffic.untilRoom(host.plan('green'), host.plan('blue'), 'app', signal)
  await t.rejects(room(), { code: errors.reloadBudget.code, message: /After \d+ms, 1 workers/ }, 'for a while')
  await t.rejects(room(AbortSignal.abort()), { name: 'AbortError' })
  await t.rejects(host.prepare('blue'), { code: errors.reloadBudget.code, message: new RegExp(`${worker!.pid} \\(since \\d+s, \\d+ MiB\\)`) })
  await carryOut(await host.prepare('blue', { urgent: true }))

  const waiting = host.traffic.untilRoom(host.plan('blue'), host.plan('green'), 'app', never)
  held.destroy()
  await waiting
  await carryOut(await host.prepare('green', { force: true }))
  t.equal(await host.colour(), 'green')
})
