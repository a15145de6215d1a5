import type { Fault } from '../../shared/config/load.ts'
import { formatDuration } from '../../shared/units/duration.ts'
import type { AgentConfig, ServiceConfig } from '../config.ts'

const SECOND = 1000
/** Timers of Node wrap around after 24.8 days and then fire at once; no wait here is meant to last a day. */
const LONGEST_WAIT = 86_400 * SECOND

/** Durations that are of the right form and mean nothing sensible. */
export function durationFaults(config: AgentConfig): Fault[] {
  const faults: Fault[] = []
  const wait = (place: string, ms: number | undefined, least = 1) => {
    if (ms === undefined) return
    if (ms < least) faults.push({ place, found: `"${formatDuration(ms)}"`, expected: least === 1 ? 'more than "0s"' : `at least "${formatDuration(least)}"` })
    if (ms > LONGEST_WAIT) faults.push({ place, found: `"${formatDuration(ms)}"`, expected: 'at most "1d"' })
  }
  const seconds = (place: string, ms: number | undefined, why: string) => {
    if (ms === undefined || (ms >= SECOND && ms % SECOND === 0)) return
    faults.push({ place, found: `"${formatDuration(ms)}"`, expected: `whole seconds, at least "1s": ${why}` })
  }

  wait('nginx.apply_timeout', config.nginx.apply_timeout, 100)
  wait('nginx.lingering_wait', config.nginx.lingering_wait, 0)
  for (const [name, service] of Object.entries(config.services)) {
    const at = `services.${name}`
    seconds(`${at}.route_cache`, service.route_cache, 'Nginx counts its cache in seconds')
    seconds(`${at}.pin_lifetime`, service.pin_lifetime, 'cookies count in seconds')
    seconds(`${at}.maintenance.retry_after`, service.maintenance.retry_after, 'Retry-After counts in seconds')
    if (service.route_cache !== undefined && service.route_cache >= config.nginx.apply_timeout) {
      faults.push({
        place: `${at}.route_cache`,
        found: `"${formatDuration(service.route_cache)}"`,
        expected: `less than nginx.apply_timeout ("${formatDuration(config.nginx.apply_timeout)}"): a switch is proven only after the cache has expired`,
      })
    }
    for (const [index, gate] of service.gates.command.entries()) wait(`${at}.gates.command[${index}].deadline`, gate.deadline)
    for (const [index, gate] of service.gates.http.entries()) wait(`${at}.gates.http[${index}].deadline`, gate.deadline)
    wait(`${at}.probe.timeout`, service.probe?.timeout)
    if (service.health === undefined) continue
    wait(`${at}.health.interval`, service.health.interval)
    wait(`${at}.health.timeout`, service.health.timeout)
    wait(`${at}.health.deadline`, service.health.deadline)
    wait(`${at}.health.monitor_interval`, service.health.monitor_interval, service.health.monitor_interval === 0 ? 0 : 100)
    faults.push(...impossibleGate(`${at}.health`, service.health))
  }
  return faults
}

/** A gate whose successes take longer than its deadline can never pass. */
function impossibleGate(place: string, { successes, interval, deadline }: NonNullable<ServiceConfig['health']>): Fault[] {
  const least = (successes - 1) * interval
  if (least < deadline) return []
  return [
    {
      place: `${place}.deadline`,
      found: `"${formatDuration(deadline)}"`,
      expected: `more than "${formatDuration(least)}": ${successes} successes with "${formatDuration(interval)}" between them take that long, so the gate could never pass`,
    },
  ]
}
