import type { Fault } from '../../shared/config/load.ts'
import type { AgentConfig, HttpGateConfig } from '../config.ts'

/** Gates that cannot be told apart, or that assert nothing. */
export function gateFaults({ services }: AgentConfig): Fault[] {
  const faults: Fault[] = []
  const emptyBody = (place: string, body: HttpGateConfig['body']) => {
    if (body !== undefined && body.contains === undefined && body.matches === undefined) faults.push({ place, found: 'no assertion', expected: 'contains or matches in it, or no body at all' })
  }
  for (const [service, { gates, health, probe }] of Object.entries(services)) {
    const at = `services.${service}`
    const names = new Map([['health', 'the health gate']])
    for (const kind of ['command', 'http'] as const) {
      for (const [index, { name }] of gates[kind].entries()) {
        const place = `${at}.gates.${kind}[${index}]`
        const other = names.get(name)
        if (other !== undefined) faults.push({ place: `${place}.name`, found: `${JSON.stringify(name)}, which is the name of ${other}`, expected: 'a name of its own' })
        names.set(name, place)
      }
    }
    for (const [index, { body }] of gates.http.entries()) emptyBody(`${at}.gates.http[${index}].body`, body)
    emptyBody(`${at}.health.body`, health?.body)
    if (probe !== undefined && /[{}]/.test(probe.url)) {
      faults.push({ place: `${at}.probe.url`, found: JSON.stringify(probe.url), expected: 'a URL without placeholders: the same for both colours (`{colour}` belongs in expect)' })
    }
  }
  return faults
}
