import type { Fault } from '../../shared/config/load.ts'
import type { AgentConfig } from '../config.ts'
import { listeners, listenersOn, type Listener } from '../../shared/sockets/listeners.ts'
import { ownersOf } from '../../shared/sockets/socket-owner.ts'
import { instantServices, maintenanceAddressOf } from './names.ts'

/**
 * The addresses of the generated servers that another process has. Nginx could not load them, and, worse, would not
 * start any more once they are written. Whose they are is only seen of processes that this user may look at.
 */
export async function heldAddresses(config: AgentConfig): Promise<Fault[]> {
  const listening = await listeners()
  const addresses = [config.nginx.verify_listen, ...instantServices(config).map((name) => maintenanceAddressOf(config, name))]
  const faults = await Promise.all(
    addresses.map(async (address) => {
      const holder = await foreignHolder(listenersOn(listening, address))
      if (holder === null) return []
      return [{ place: 'nginx.verify_listen', found: `${address}, which is held by ${holder}`, expected: 'a port of 127.0.0.1 that is free there and on the addresses after it: choose another, or end that process' }]
    }),
  )
  return faults.flat()
}

async function foreignHolder(held: readonly Listener[]): Promise<string | null> {
  const owners = (await Promise.all(held.map(async ({ inode }) => ownersOf(inode)))).flat()
  const [owner] = owners
  if (owner === undefined || owners.some(({ title }) => title.startsWith('nginx: '))) return null
  return `process ${owner.pid} (${owner.title.slice(0, 80)})`
}
