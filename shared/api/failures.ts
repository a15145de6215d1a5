import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'

export const MOST_FAILURES = 10
const WINDOW_MS = 60_000

/** Counts a failed credential of the caller's address; answers with the seconds to wait when there were too many, else null. */
export type CountFailure = (request: FastifyRequest) => Promise<number | null>

/**
 * Ten failed credentials a minute and address (IPv6: and /64). Only failures are counted and only failures are answered
 * with 429: a valid credential passes whatever somebody behind the same address does.
 */
export async function limitFailures(app: FastifyInstance): Promise<CountFailure> {
  await app.register(rateLimit, { global: false })
  const count = app.createRateLimit({ max: MOST_FAILURES, timeWindow: WINDOW_MS })
  return async (request) => {
    const limit = await count(request)
    return !limit.isAllowed && limit.isExceeded ? limit.ttlInSeconds : null
  }
}
