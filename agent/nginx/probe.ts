import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../../shared/errors/problem.ts'
import { describeFailure } from '../../shared/http/failure.ts'
import { request, type HttpAnswer } from '../../shared/http/request.ts'
import { readTrust } from '../../shared/http/trust.ts'
import { formatDuration } from '../../shared/units/duration.ts'
import type { ProbeConfig } from '../config.ts'
import { errors } from '../errors.ts'
import { headerOf, quote } from '../gates/expectation.ts'
import type { Colour } from '../switching/route.ts'
import type { Proof } from './traffic.ts'

const PAUSE = 20

/**
 * Asks the real listener, each time on a fresh connection, until it answers as the colour (or with 503 in maintenance):
 * an old worker may still take a few connections after a reload. Throws a `not_applied` Problem with the last answer
 * when it has not within the configured timeout, and the signal's reason when aborted.
 */
export async function probeListener(config: ProbeConfig, expected: Colour | 'maintenance', signal: AbortSignal): Promise<Proof> {
  const url = new URL(config.url)
  const shown = `${url.origin}${url.pathname}`
  const fail = (found: string) => notAsExpected(shown, config, expected, found)
  const trust = await trustFor(url, config).catch((error: unknown) => {
    throw fail(describeFailure(error))
  })
  const started = performance.now()
  const end = started + config.timeout
  let found = 'was not asked'
  for (let tries = 1; performance.now() < end; tries++) {
    try {
      if (tries > 1) await delay(PAUSE, undefined, { signal })
      const timeout = Math.max(1, Math.ceil(end - performance.now()))
      const answer = await request({ url, headers: { 'User-Agent': 'greenroom-agent/probe' }, trust, timeout }, signal)
      const fault = unlike(answer, config, expected)
      const took = Math.round(performance.now() - started)
      if (fault === null) return { evidence: `${shown} answered as ${expected} after ${took} ms (${tries} ${tries === 1 ? 'try' : 'tries'})` }
      found = fault
    } catch (error) {
      signal.throwIfAborted()
      // The last try is cut off by the end of the time; what was answered before says more.
      if (tries === 1 || performance.now() < end) found = describeFailure(error)
    }
  }
  throw fail(found)
}

async function trustFor(url: URL, config: ProbeConfig) {
  return url.protocol === 'https:' ? readTrust(config.ca_file) : undefined
}

/** How the answer differs from the expected one, in words; null when it does not. */
function unlike(answer: HttpAnswer, config: ProbeConfig, expected: Colour | 'maintenance'): string | null {
  if (expected === 'maintenance') return answer.status === 503 ? null : `status ${answer.status} instead of 503`
  const wanted = config.expect.replaceAll('{colour}', expected)
  const status = `(status ${answer.status})`
  if (config.header === undefined) {
    return answer.body.includes(wanted) ? null : `the body does not contain ${quote(wanted)} ${status}: ${quote(answer.body)}`
  }
  const value = headerOf(answer, config.header)
  if (value === wanted) return null
  return value === undefined ? `no header ${config.header} ${status}` : `header ${config.header} is ${quote(value)} instead of ${quote(wanted)} ${status}`
}

function notAsExpected(url: string, config: ProbeConfig, expected: Colour | 'maintenance', found: string): Problem {
  const waited = formatDuration(config.timeout)
  return new Problem(
    errors.notApplied,
    `The probe of ${url} did not answer as ${expected} within ${waited}: ${found}. ` +
      'Check that this URL is routed through the service, and that probe.header and probe.expect fit its answer.',
    { url, expected, found },
  )
}
