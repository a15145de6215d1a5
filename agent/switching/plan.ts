import { isDeepStrictEqual } from 'node:util'
import type { AgentConfig } from '../config.ts'
import type { ServiceState, ServiceStates } from '../journal/entries.ts'
import type { HostPlan, ServicePlan } from '../nginx/traffic.ts'
import { routeTo, type Colour, type Route } from './route.ts'

/** What Nginx is to serve for the services of the configuration, in its order; services without a state are left out. */
export function hostPlan(config: AgentConfig, states: ServiceStates): HostPlan {
  return Object.keys(config.services).flatMap((name) => {
    const state = states[name]
    return state === undefined ? [] : [{ name, route: state.route, pools: state.pools }]
  })
}

/** A pure step from what a service is to what is asked for it. */
export type Transition = (plan: ServicePlan) => ServicePlan

/** All clients to `to`. Maintenance stays as it is; asked for the live colour, nothing changes. */
export function switching(to: Colour): Transition {
  return (plan) =>
    plan.route.live === to ? plan : { ...plan, route: { ...routeTo(to, plan.route.live), maintenance: plan.route.maintenance } }
}

export function maintaining(maintenance: Route['maintenance']): Transition {
  return (plan) => ({ ...plan, route: { ...plan.route, maintenance } })
}

export function pooling(colour: Colour, servers: readonly string[]): Transition {
  return (plan) => ({ ...plan, pools: { ...plan.pools, [colour]: [...servers] } })
}

/** The states after a transition of one service, with its revision counted on; the same object where nothing changes. */
export function advance(states: ServiceStates, service: string, transition: Transition): ServiceStates {
  const state = states[service]
  if (state === undefined) return states
  const { route, pools } = transition({ name: service, route: state.route, pools: state.pools })
  if (isDeepStrictEqual({ route, pools }, { route: state.route, pools: state.pools })) return states
  const next: ServiceState = { ...state, route, pools, revision: state.revision + 1 }
  return { ...states, [service]: next }
}
