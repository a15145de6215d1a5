import { describeFailure } from '../../shared/http/failure.ts'
import { request } from '../../shared/http/request.ts'
import { readTrust } from '../../shared/http/trust.ts'
import type { HealthConfig } from '../config.ts'
import { unmet } from './expectation.ts'

export interface ServerCheck {
  readonly healthy: boolean
  /** What was found, in words, without the server's name. */
  readonly detail: string
  /** In ms; null when there was no answer. */
  readonly latency: number | null
}

/** One health check of one server (`host:port`). Rejects only when aborted, with the signal's reason. */
export async function checkServer(config: HealthConfig, server: string, signal?: AbortSignal): Promise<ServerCheck> {
  try {
    const answer = await request(
      {
        url: `${config.scheme}://${server}${config.path}`,
        method: config.method,
        host: config.host,
        headers: { 'User-Agent': 'greenroom-agent/health' },
        trust: config.scheme === 'https' ? await readTrust(config.ca_file) : undefined,
        timeout: config.timeout,
      },
      signal,
    )
    const fault = unmet(answer, config)
    return { healthy: fault === null, detail: fault ?? `status ${answer.status} in ${Math.round(answer.latency)} ms`, latency: answer.latency }
  } catch (error) {
    signal?.throwIfAborted()
    return { healthy: false, detail: describeFailure(error), latency: null }
  }
}
