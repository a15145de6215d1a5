import type { HealthConfig } from '../../agent/config.ts'

/** A quick health check, with these settings instead of its own. */
export function healthConfig(settings: Partial<HealthConfig> = {}): HealthConfig {
  return {
    path: '/healthz', scheme: 'http', method: 'GET', status: [200], headers: {},
    successes: 3, failures: 3, interval: 5, timeout: 1000, deadline: 10_000, monitor_interval: 10,
    ...settings,
  }
}
