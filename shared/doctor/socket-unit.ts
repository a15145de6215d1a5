import { execa } from 'execa'
import { sameAddress } from '../api/adopt-socket.ts'
import { ok, warn, type Finding } from './finding.ts'

/** What `systemctl show -p LoadState -p Listen UNIT` says; null where systemd does not run this host. */
export type ShowSocket = (unit: string) => Promise<string | null>

const showSocket: ShowSocket = async (unit) => {
  const { failed, stdout } = await execa('systemctl', ['show', '-p', 'LoadState', '-p', 'Listen', unit], { reject: false, timeout: 5000, stdin: 'ignore' })
  return failed ? null : stdout
}

/** Whether the unit that holds the API's addresses over a restart names those of `api.listen`. No unit, no finding. */
export async function socketUnitFindings(unit: string, listen: readonly string[], show: ShowSocket = showSocket): Promise<Finding[]> {
  const shown = await show(unit)
  if (shown === null || !/^LoadState=loaded$/m.test(shown)) return []
  const held = [...shown.matchAll(/^Listen=(\S+) \(Stream\)$/gm)].map(([, address = '']) => (address.startsWith('/') ? `unix:${address}` : address))
  const missing = listen.filter((address) => !held.some((each) => sameAddress(address, each)))
  const unnamed = held.filter((each) => !listen.some((address) => sameAddress(address, each)))
  if (missing.length === 0 && unnamed.length === 0) return [ok('socket unit', `${unit} holds the addresses of api.listen over a restart`)]
  const what = [
    ...(missing.length === 0 ? [] : [`does not hold ${missing.join(', ')}: calls there are refused while the daemon restarts`]),
    ...(unnamed.length === 0 ? [] : [`holds ${unnamed.join(', ')}, which api.listen does not name: calls there are hung up on`]),
  ]
  const lines = listen.map((address) => `ListenStream=${address.replace(/^unix:/, '')}`)
  return [warn('socket unit', `${unit} ${what.join('; and ')}`, `systemctl edit ${unit}, with these lines below [Socket]: ListenStream= (empty, to begin anew), then ${lines.join(', ')}; then restart it with its service`)]
}
