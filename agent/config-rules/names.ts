import type { Fault } from '../../shared/config/load.ts'
import type { AgentConfig } from '../config.ts'
import { upstreamOf, variablesOf } from '../nginx/names.ts'

/**
 * Services whose names are the same inside Nginx: `a-b` and `a_b`; `app` and `app-key`, for the variable
 * `$greenroom_app_key`; two upstreams of one name in one context. Nginx compares both kinds of names without case.
 */
export function nameFaults({ services }: AgentConfig): Fault[] {
  const faults: Fault[] = []
  /** Who has a name already: the service, and where it says so. */
  const owners = new Map<string, string>()
  const claim = (service: string, place: string, what: string, context: string, found: string) => {
    const key = `${context} ${what.toLowerCase()}`
    const owner = owners.get(key)
    if (owner === undefined) owners.set(key, service)
    else if (owner !== service && !faults.some((fault) => fault.place === place)) {
      faults.push({ place, found, expected: `another name: ${what} in Nginx would belong to ${owner} and ${service} both` })
    }
  }
  for (const [name, service] of Object.entries(services)) {
    const place = `services.${name}`
    if (service.strategy === 'instant') {
      for (const variable of Object.values(variablesOf(name))) claim(name, place, `$${variable}`, 'variable', `the name ${JSON.stringify(name)}`)
      for (const pool of ['blue', 'green', 'maintenance'] as const) claim(name, place, `upstream ${upstreamOf(name, pool)}`, 'http', `the name ${JSON.stringify(name)}`)
    } else {
      const upstream = service.upstream ?? name
      const [at, found] = service.upstream === undefined ? [place, `the name ${JSON.stringify(name)}`] : [`${place}.upstream`, JSON.stringify(upstream)]
      claim(name, at, `upstream ${upstream}`, service.context, found)
    }
  }
  return faults
}
