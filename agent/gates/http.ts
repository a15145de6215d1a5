import { describeFailure } from '../../shared/http/failure.ts'
import { request } from '../../shared/http/request.ts'
import { readTrust } from '../../shared/http/trust.ts'
import { formatDuration } from '../../shared/units/duration.ts'
import type { HttpGateConfig } from '../config.ts'
import { unmet } from './expectation.ts'
import type { OperationFacts } from './facts.ts'
import type { Gate } from './gate.ts'

/** Passes when one GET of the URL answers as configured, within the deadline. */
export function httpGate(config: HttpGateConfig, facts: OperationFacts): Gate {
  const url = filledIn(config.url, facts)
  const { name } = config
  return {
    name,
    describe: () => `GET ${shown(url)}: status ${config.status.join(' or ')}, within ${formatDuration(config.deadline)}`,
    async check(signal) {
      try {
        const answer = await request(
          {
            url,
            headers: { 'User-Agent': 'greenroom-agent/gate' },
            trust: url.protocol === 'https:' ? await readTrust(config.ca_file) : undefined,
            timeout: config.deadline,
          },
          signal,
        )
        const fault = unmet(answer, config)
        return { name, passed: fault === null, detail: `${shown(url)}: ${fault ?? `status ${answer.status} in ${Math.round(answer.latency)} ms`}` }
      } catch (error) {
        signal.throwIfAborted()
        return { name, passed: false, detail: `${shown(url)}: ${describeFailure(error)}` }
      }
    },
  }
}

function filledIn(template: string, facts: OperationFacts): URL {
  return new URL(template.replaceAll(/\{(service|from|to|kind)\}/g, (_, name: keyof OperationFacts) => encodeURIComponent(facts[name])))
}

/** Without user, password and query: the text goes into the journal, and those may be secrets. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`
}
