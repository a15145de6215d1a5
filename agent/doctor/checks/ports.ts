import { connect } from 'node:net'
import { existsSync } from 'node:fs'
import { instantServices, maintenanceAddressOf } from '../../nginx/names.ts'
import { listenersOn, type Listener } from '../../../shared/sockets/listeners.ts'
import { ownersOf, type SocketOwner } from '../../../shared/sockets/socket-owner.ts'
import { askNonce } from '../../nginx/verify-client.ts'
import { isAgent } from '../agent-process.ts'
import { fail, ok, warn, type Finding } from '../../../shared/doctor/finding.ts'
import type { Check, DoctorHost } from '../host.ts'

/** Every address that Nginx or the agent need is theirs, or free. */
export const checkPorts: Check = async (host) => {
  const { config } = host
  const nginx = [config.nginx.verify_listen, ...instantServices(config).map((name) => maintenanceAddressOf(config, name))]
  const api = config.api.listen
  const findings = await Promise.all([
    ...nginx.map(async (address) => nginxAddress(host, address)),
    ...api.map(async (address) => (address.startsWith('unix:') ? apiSocket(address.slice('unix:'.length)) : apiAddress(host, address))),
  ])
  return findings
}

async function nginxAddress({ config, listeners }: DoctorHost, address: string): Promise<Finding> {
  const setting = address === config.nginx.verify_listen ? 'nginx.verify_listen' : 'maintenance address'
  const taken = listenersOn(listeners, address)
  if (taken.length === 0) return ok(setting, `${address} is free`)
  const other = await otherOwner(taken, ({ title }) => title.startsWith('nginx: '))
  if (other !== null) return fail(setting, `${address} is taken by ${other}: Nginx would refuse the generated server, in its error log only`, 'end that process, or set nginx.verify_listen to a free port')
  if (address === config.nginx.verify_listen && (await askNonce(address)) === null) return fail(setting, `${address} is open, but is not answered by the generated server`, 'look for another listen on that port in the Nginx configuration')
  return ok(setting, `${address} is Nginx’s`)
}

async function apiAddress({ listeners }: DoctorHost, address: string): Promise<Finding> {
  const taken = listenersOn(listeners, address)
  if (taken.length === 0) return ok('api.listen', `${address} is free (the agent is not running)`)
  // Process 1 holds it over a restart (greenroom-agent.socket); what it holds there is looked at by itself.
  const other = await otherOwner(taken, (owner) => isAgent(owner) || owner.pid === 1)
  return other === null ? ok('api.listen', `${address} is the agent’s`) : fail('api.listen', `${address} is taken by ${other}`, 'end that process, or choose another port in api.listen')
}

async function apiSocket(path: string): Promise<Finding> {
  if (!existsSync(path)) return ok('api.listen', `${path} does not exist yet (the agent is not running)`)
  const outcome = await new Promise<string>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve('')
    })
    socket.on('error', (error) => resolve(error.message))
  })
  if (outcome === '') return ok('api.listen', `${path} answers`)
  return warn('api.listen', `${path} does not answer: ${outcome}`, outcome.includes('EACCES') ? 'run doctor as root, or as a member of api.socket_group' : 'start the agent; it replaces a socket that was left behind')
}

/** Who has it, in words, where it is not who may; null where it is, or cannot be seen by this user. */
async function otherOwner(taken: readonly Listener[], may: (owner: SocketOwner) => boolean): Promise<string | null> {
  const owners = (await Promise.all(taken.map(async ({ inode }) => ownersOf(inode)))).flat()
  const other = owners.find((owner) => !may(owner))
  return other === undefined || owners.some((owner) => may(owner)) ? null : `process ${other.pid} (${other.title.slice(0, 80)})`
}
