import { isDeepStrictEqual } from 'node:util'
import type { AgentConfig } from '../config.ts'
import type { ServiceState, ServiceStates } from '../journal/entries.ts'
import type { Inspection } from '../nginx/traffic.ts'
import { routeTo, type Colour, type Pools, type Route } from './route.ts'

export interface Established {
  readonly services: ServiceStates
  /** What was found and decided, for the log and the journal. */
  readonly notes: readonly string[]
}

/**
 * Pure: the state of each configured service from the journal, the configuration and what Nginx serves right now.
 * A start never moves traffic against what Nginx was told: where the journal does not know better, what is served is
 * taken over. Only markers that are gone (served is then a fallback, not a decision) are made anew from the journal.
 * Services that left the configuration keep their state, should they come back.
 */
export function establish(config: AgentConfig, journaled: ServiceStates, { serving, routed, remains }: Pick<Inspection, 'serving' | 'routed' | 'remains'>): Established {
  const services: Record<string, ServiceState> = { ...journaled }
  const notes: string[] = []
  for (const [name, service] of Object.entries(config.services)) {
    const configured: Pools = { blue: service.pools.blue.servers, green: service.pools.green.servers }
    const known = journaled[name]
    const served = serving[name] ?? null
    if (known === undefined) {
      const remaining = remains[name] ?? null
      const live = served ?? remaining?.live ?? service.initial
      services[name] = { route: { ...routeTo(live), maintenance: remaining?.maintenance ?? 'off' }, pools: configured, configured_pools: configured, revision: 1 }
      notes.push(noteOf(name, live, served, remaining))
      continue
    }
    let state = known
    if (served !== null && served !== known.route.live && routed[name] === true) {
      state = { ...state, route: { ...routeTo(served, known.route.live), maintenance: known.route.maintenance }, revision: state.revision + 1 }
      notes.push(`${name}: the journal says ${known.route.live}, but Nginx serves ${served}, changed by something else; that is taken over.`)
    }
    if (!isDeepStrictEqual(known.configured_pools, configured)) {
      state = { ...state, pools: configured, configured_pools: configured, revision: state.revision + 1 }
      notes.push(`${name}: its pools in the configuration changed and replace the ones in use.`)
    }
    services[name] = state
  }
  return { services, notes }
}

function noteOf(name: string, live: Colour, served: Colour | null, remaining: Route | null): string {
  if (served === null && remaining === null) return `${name}: new, begins on ${live} as the configuration says.`
  const maintenance = remaining === null || remaining.maintenance === 'off' ? '' : ', in maintenance'
  const found = served === null ? `what is on disk says ${live}` : `Nginx serves ${live}`
  return `${name}: no state was found, but ${found}${maintenance}; that is taken over.`
}
