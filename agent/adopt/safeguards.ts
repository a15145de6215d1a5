import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Problem, systemCodeOf } from '../../shared/errors/problem.ts'
import type { AgentConfig } from '../config.ts'
import { errors } from '../errors.ts'
import { currentGeneration } from '../nginx/markers/generations.ts'
import type { ServicePlan } from '../nginx/traffic.ts'
import { askRoute } from '../nginx/verify-client.ts'
import { listeners, listenersOn } from '../../shared/sockets/listeners.ts'
import { ownersOf } from '../../shared/sockets/socket-owner.ts'
import type { AdoptDeps } from './adopt.ts'
import type { AdoptPlan } from './plan.ts'

/** Nginx would not say that it cannot bind, but in its error log: better found before anything is touched. */
export async function refuseIfTaken(address: string): Promise<void> {
  const [taken] = listenersOn(await listeners(), address)
  if (taken === undefined) return
  const [owner] = await ownersOf(taken.inode)
  if (owner?.title.startsWith('nginx: ') === true) return
  const who = owner === undefined ? 'another process' : `process ${owner.pid} (${owner.title.slice(0, 80)})`
  throw new Problem(errors.adoptRefused, `The generated server needs ${address}, which ${who} has. Set nginx.verify_listen to a free port of 127.0.0.1. Nothing was changed.`)
}

/** A file that this user may not replace is told before anything is touched, with what to type instead. */
export async function refuseUnlessWritable(paths: readonly string[], command: string): Promise<void> {
  for (const path of paths) {
    try {
      await access(dirname(path), constants.W_OK)
    } catch (error) {
      if (systemCodeOf(error) === 'EACCES') throw new Problem(errors.adoptRefused, `You may not write ${path}. Nothing was changed. Run it as root: sudo ${command}`, { file: path }, error)
      // What is not there yet is made, or its lack told, by what writes it.
      if (systemCodeOf(error) !== 'ENOENT') throw error
    }
  }
}

/** Takes the state directory; says what to do where a running agent has it. */
export async function openOrExplain(deps: AdoptDeps, config: AgentConfig): ReturnType<AdoptDeps['open']> {
  try {
    return await deps.open(config, deps.log)
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== errors.alreadyRunning) throw error
    const { pid } = error.facts
    throw new Problem(
      errors.alreadyRunning,
      `The agent is running${typeof pid === 'number' ? ` (process ${pid})` : ''}, and this changes its configuration. Stop it first and start it afterwards; traffic goes on meanwhile: systemctl stop greenroom-agent`,
      { ...error.facts },
      error,
    )
  }
}

/** An adoption moves no traffic: the live pool must be the servers that the vhost uses now. */
export function refuseMove({ name, route, pools }: ServicePlan, { servers }: AdoptPlan, again: AdoptDeps['again']): void {
  const now = pools[route.live]
  if (route.maintenance !== 'off') throw new Problem(errors.adoptRefused, `${name} is in maintenance, and the vhost would be too. End that first: ${again(`maintenance ${name} off`)}. Nothing was changed.`)
  if (now.length === servers.length && now.every((server) => servers.includes(server))) return
  throw new Problem(
    errors.adoptRefused,
    `${name} is live on ${route.live} (${now.join(', ')}), and the vhost sends to ${servers.join(', ')}: to adopt it would move its traffic. Switch ${name} first, or choose another --service. Nothing was changed.`,
  )
}

/** What Nginx's workers say about the service's route; null when it is as it should be. */
export async function routeFault(config: AgentConfig, { name: service, route: { live } }: ServicePlan, again: AdoptDeps['again']): Promise<string | null> {
  if (config.services[service]?.strategy !== 'instant') return null
  const generation = currentGeneration(config.nginx.routes_dir, service)
  const answer = generation === null ? null : await askRoute(config.nginx.verify_listen, service, '00', generation)
  if (answer === null) return `The generated server on ${config.nginx.verify_listen} does not know ${service}.`
  if (!answer.generationSeen) return `Nginx's workers cannot read the route markers in ${config.nginx.routes_dir}; "${again('doctor')}" names the directory and the chmod.`
  return answer.colour === live && !answer.maintenance ? null : `Nginx sends ${service} to ${answer.maintenance ? 'the maintenance page' : answer.colour} instead of ${live}.`
}
