import type { Fault } from '../../shared/config/load.ts'
import type { AgentConfig } from '../config.ts'
import { instantServices, maintenanceAddressOf } from '../nginx/names.ts'

/** Addresses and directories that get into each other’s way. */
export function addressFaults(config: AgentConfig): Fault[] {
  return [...listenFaults(config), ...directoryFaults(config)]
}

function listenFaults(config: AgentConfig): Fault[] {
  const { verify_listen } = config.nginx
  const place = 'nginx.verify_listen'
  const found = JSON.stringify(verify_listen)
  if (!/^127\.\d+\.\d+\.\d+:\d+$/.test(verify_listen)) {
    return [{ place, found, expected: 'an IPv4 address in 127.0.0.0/8 with a port, such as "127.0.0.1:9442": what Nginx answers there is for this host only' }]
  }
  const services = instantServices(config)
  const addresses = new Map([[verify_listen, 'the verify server']])
  for (const service of services) {
    try {
      addresses.set(maintenanceAddressOf(config, service), `the maintenance page of ${service}`)
    } catch {
      // RangeError: the addresses count up from verify_listen and left the range.
      return [{ place, found, expected: `an address with ${services.length} more after it in 127.0.0.0/8, one for each service of strategy "instant", such as "127.0.0.1:9442"` }]
    }
  }
  const faults: Fault[] = []
  for (const [index, listen] of config.api.listen.entries()) {
    if (listen.startsWith('unix:')) continue
    const port = listen.slice(listen.lastIndexOf(':') + 1)
    const host = listen.slice(0, listen.lastIndexOf(':')).toLowerCase().replace('localhost', '127.0.0.1')
    // [::] takes the IPv4 addresses, too.
    const taken = [...addresses].find(([address]) => address === `${host}:${port}` || (['0.0.0.0', '[::]'].includes(host) && address.endsWith(`:${port}`)))
    if (taken === undefined) continue
    faults.push({ place: `api.listen[${index}]`, found: JSON.stringify(listen), expected: `another port: Nginx listens on ${taken[0]} for ${taken[1]} (nginx.verify_listen)` })
  }
  return faults
}

function directoryFaults({ state_dir, nginx: { include_dir, routes_dir } }: AgentConfig): Fault[] {
  const faults: Fault[] = []
  if (include_dir === routes_dir) faults.push({ place: 'nginx.routes_dir', found: `${JSON.stringify(routes_dir)}, which is include_dir`, expected: 'a directory of its own' })
  for (const [place, directory] of Object.entries({ state_dir, 'nginx.include_dir': include_dir, 'nginx.routes_dir': routes_dir })) {
    const system = /^\/(?:proc|sys)(?=\/|$)/.exec(directory)?.[0]
    if (system !== undefined) faults.push({ place, found: JSON.stringify(directory), expected: `a directory on a disk: the kernel shows itself in ${system} and keeps no files there` })
  }
  for (const [field, directory] of Object.entries({ include_dir, routes_dir })) {
    if (directory === state_dir) faults.push({ place: `nginx.${field}`, found: `${JSON.stringify(directory)}, which is state_dir`, expected: 'a directory of its own (it may be inside state_dir)' })
  }
  return faults
}
