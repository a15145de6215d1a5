import t from 'tap'
import { socketUnitFindings } from '../../../shared/doctor/socket-unit.ts'

const LISTEN = ['127.0.0.1:9440', 'unix:/run/greenroom-agent/api.sock']
const find = (shown: string | null, listen: readonly string[] = LISTEN) => socketUnitFindings('greenroom-agent.socket', listen, async () => shown)
const loaded = (...addresses: string[]) => `${addresses.map((address) => `Listen=${address} (Stream)\n`).join('')}LoadState=loaded\n`

t.test('a socket unit that holds what the configuration names is right; none is no finding', async (t) => {
  t.match(await find(loaded('/run/greenroom-agent/api.sock', '127.0.0.1:9440')), [{ state: 'ok' }])
  t.match(await find(loaded('[::1]:9440'), ['[0:0:0:0:0:0:0:1]:9440']), [{ state: 'ok' }], 'an address can be written in two ways')
  t.same(await find(null), [])
  t.same(await find('Listen=\nLoadState=not-found\n'), [])
  t.same(await find('LoadState=masked\n'), [])
})

t.test('one that holds more or less is named with the lines that mend it', async (t) => {
  const findings = await find(loaded('/run/greenroom-agent/api.sock', '127.0.0.1:9440'), ['0.0.0.0:9440', ...LISTEN.slice(1)])
  t.match(findings, [{ state: 'warn', what: /does not hold 0\.0\.0\.0:9440.*and holds 127\.0\.0\.1:9440, which api\.listen does not name/ }])
  t.match(findings[0]?.mend, /systemctl edit greenroom-agent\.socket.*ListenStream=0\.0\.0\.0:9440, ListenStream=\/run\/greenroom-agent\/api\.sock/)
  t.equal(findings.length, 1)
})
