import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { carryOut, reloadHost } from '../../../support/reload-host.ts'
import { until } from '../../../support/until.ts'

t.test('under load, a reload is proven when no connection is answered by the old configuration any more, and cuts no request under way', async (t) => {
  await using host = await reloadHost({ workers: 2 })
  const held = connect(host.port, '127.0.0.1')
  t.teardown(() => held.destroy())
  await once(held, 'connect')
  held.write('POST / HTTP/1.1\r\nHost: app\r\nConnection: close\r\nContent-Length: 4\r\n\r\nha')
  const load = busyClients(host.port, 20)
  t.teardown(load.stop)
  await until('the load runs', () => load.answered > 100)

  for (const to of ['green', 'blue', 'green'] as const) {
    const change = await host.prepare(to)
    const started = performance.now()
    await carryOut(change)
    t.comment(`proven ${Math.round(performance.now() - started)} ms after it was begun`)
    t.same(await Promise.all(Array.from({ length: 20 }, () => host.colour())), Array.from({ length: 20 }, () => to))
  }
  await load.stop()
  t.comment(`${load.answered} requests answered, ${load.reset} connections reset, as reloads do`)

  held.write('lf')
  t.match(await text(held), /^HTTP\/1\.1 200 OK.*blue/s, 'the request that was held through three reloads is answered as it began')
})

/** Clients that keep their connections, and open another one where Nginx resets theirs. */
function busyClients(port: number, count: number) {
  const load = { answered: 0, reset: 0, stopping: false, stop }
  const clients = Array.from({ length: count }, async () => {
    while (!load.stopping) {
      try {
        await (await fetch(`http://127.0.0.1:${port}/`)).text()
        load.answered += 1
      } catch {
        load.reset += 1
      }
    }
  })
  async function stop() {
    load.stopping = true
    await Promise.all(clients)
  }
  return load
}
