import { certificates, checkPaths, directory, privateKey, program, readable, type Check } from '../shared/config/machine.ts'
import type { Fault } from '../shared/config/load.ts'
import type { AgentConfig } from './config.ts'

/** What agent.toml names and this machine does not have, or this user may not use. Changes nothing. */
export async function checkMachine(config: AgentConfig): Promise<Fault[]> {
  const checks: [place: string, path: string | undefined, check: Check][] = [
    ['state_dir', config.state_dir, directory('agent')],
    ['nginx.binary', config.nginx.binary, program('install it (apt-get install nginx), or set nginx.binary to where it is (command -v nginx)')],
    ['nginx.config', config.nginx.config, readable],
    ['nginx.include_dir', config.nginx.include_dir, directory('agent')],
    ['nginx.routes_dir', config.nginx.routes_dir, directory('agent')],
    ['api.tls.cert', config.api.tls?.cert, certificates],
    ['api.tls.key', config.api.tls?.key, privateKey(config.api.tls?.cert)],
    ['api.tls.client_ca', config.api.tls?.client_ca, certificates],
  ]
  for (const [name, service] of Object.entries(config.services)) {
    const at = `services.${name}`
    checks.push([`${at}.health.ca_file`, service.health?.ca_file, certificates])
    checks.push([`${at}.probe.ca_file`, service.probe?.ca_file, certificates])
    checks.push([`${at}.maintenance.page`, service.maintenance.page, readable])
    for (const [index, gate] of service.gates.http.entries()) checks.push([`${at}.gates.http[${index}].ca_file`, gate.ca_file, certificates])
    for (const [index, gate] of service.gates.command.entries()) {
      const [path] = gate.command
      if (path?.includes('/') === true) checks.push([`${at}.gates.command[${index}].command[0]`, path, program('name a program that exists (chmod +x FILE makes one of a script)')])
    }
  }
  return checkPaths(checks)
}
