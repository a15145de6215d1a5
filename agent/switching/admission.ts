import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import type { ServiceState, ServiceStates } from '../journal/entries.ts'
import type { ChangeRequest } from './contract.ts'
import type { Operation } from './operation.ts'
import { COLOURS, otherColour, type Colour, type Route } from './route.ts'

/** What an operation of a service may begin against. */
export interface Moment {
  readonly service: string
  readonly state: ServiceState
  /** The operation of this service that is under way. */
  readonly running: Operation | undefined
  readonly stopping: boolean
}

/**
 * One operation per service at a time; nothing new while stopping; the caller's revision must still hold.
 * @throws Problem `stopping`, `operation_in_progress`, `revision_mismatch`
 */
export function admit({ service, state, running, stopping }: Moment, { if_revision: wanted }: ChangeRequest): void {
  if (stopping) throw new Problem(errors.stopping, 'The agent is stopping. Ask again once it runs.')
  if (running !== undefined) {
    throw new Problem(
      errors.operationInProgress,
      `${service}: ${running.asked}, by ${running.actor}, is under way since ${running.started_at}. Wait for operation ${running.id}, then ask again.`,
      { operation: running.id },
    )
  }
  if (wanted !== undefined && wanted !== state.revision) {
    throw new Problem(
      errors.revisionMismatch,
      `${service} is at revision ${state.revision}, not ${wanted}: something changed it meanwhile. Read it again, then decide.`,
      { revision: state.revision },
    )
  }
}

/** The colour that a rollback goes to. @throws Problem `nothing_to_roll_back` before the first switch */
export function previousOf(service: string, { live, previous }: Route): Colour {
  if (previous !== null) return previous
  throw new Problem(
    errors.nothingToRollBack,
    `${service} has been on ${live} since its first start: there is no previous colour. Name the colour: switch ${service} ${otherColour(live)}.`,
  )
}

/** @throws Problem `pool_live` for a pool that has clients, unless forced */
export function refuseLivePool(service: string, { weights }: Route, colour: Colour, force: boolean): void {
  if (weights[colour] === 0 || force) return
  throw new Problem(errors.poolLive, `The ${colour} pool of ${service} serves traffic. Switch to ${otherColour(colour)} first, or override with force.`)
}

/** @throws Problem `request_invalid` for a server that another pool has: a switch between them would separate nothing */
export function refuseSharedServers(states: ServiceStates, service: string, colour: Colour, servers: readonly string[]): void {
  for (const [name, { pools }] of Object.entries(states)) {
    for (const other of COLOURS) {
      if (name === service && other === colour) continue
      const shared = servers.find((server) => pools[other].includes(server))
      if (shared === undefined) continue
      throw new Problem(
        errors.requestInvalid,
        `${shared} is already in the ${other} pool of ${name}. A server belongs to one pool, or a switch would not separate anything.`,
      )
    }
  }
}
