import type { Fault } from '../../shared/config/load.ts'
import type { AgentConfig } from '../config.ts'
import { COLOURS } from '../switching/route.ts'

/**
 * The same server in two pools: of one service, a switch would go to what it comes from; of two services, a switch
 * of the one would disturb the other unseen. Also a server that is the agent or the verify server itself.
 */
export function serverFaults({ services, api, nginx }: AgentConfig): Fault[] {
  const faults: Fault[] = []
  const pools = new Map<string, string>()
  const own = new Map([...api.listen.map((address) => [address.toLowerCase(), 'the API of this agent (api.listen)'] as const), [nginx.verify_listen, 'the verify server (nginx.verify_listen)'] as const])
  for (const [name, service] of Object.entries(services)) {
    for (const colour of COLOURS) {
      for (const [index, server] of service.pools[colour].servers.entries()) {
        const fault = (found: string, expected: string) => faults.push({ place: `services.${name}.pools.${colour}.servers[${index}]`, found: `${JSON.stringify(server)}, ${found}`, expected })
        const address = server.toLowerCase()
        const pool = `${name}’s ${colour} pool`
        const other = pools.get(address)
        if (other === pool) fault('a second time in this pool', 'each server once')
        else if (other !== undefined) fault(`which is in ${other} already`, `each server in one pool only${other.startsWith(`${name}’s`) ? ': blue and green must be different processes' : ''}`)
        else pools.set(address, pool)
        const us = own.get(address)
        if (us !== undefined) fault(`which is ${us}`, 'the address of the application')
      }
    }
  }
  return faults
}
