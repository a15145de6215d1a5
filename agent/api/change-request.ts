import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import type { ChangeRequest } from '../switching/contract.ts'
import { pathOf } from '../../shared/api/request.ts'

interface CommonBody {
  readonly reason?: string
  readonly dry_run?: boolean
  readonly force?: boolean
}

/** What every change carries, from body and headers. Throws Problem `requestInvalid`. */
export function changeRequestOf(request: FastifyRequest, body: CommonBody): ChangeRequest {
  const revision = ifMatch(request.headers['if-match'])
  const key = idempotencyKey(request.headers['idempotency-key'])
  const { reason, dry_run, force } = body
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(dry_run === undefined ? {} : { dry_run }),
    ...(force === undefined ? {} : { force }),
    ...(revision === undefined ? {} : { if_revision: revision }),
    ...(key === undefined ? {} : { idempotency_key: `${request.identity?.actor} ${key}`, fingerprint: fingerprintOf(request) }),
  }
}

function ifMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  const revision = /^\s*"([0-9]{1,15})"\s*$/.exec(header)?.[1]
  if (revision === undefined) {
    throw new Problem(errors.requestInvalid, 'header.if-match: must be the ETag of the service as it was sent, such as "17" with its quotes, or *')
  }
  return Number(revision)
}

function idempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header === 'string' && /^[\x21-\x7e]{1,128}$/.test(header)) return header
  throw new Problem(errors.requestInvalid, 'header.idempotency-key: must be 1 to 128 visible ASCII characters without spaces, once')
}

/** The same for the same request, however its members are ordered and wherever they stand. */
function fingerprintOf(request: FastifyRequest): string {
  const body = Object.entries(request.body as Record<string, unknown>).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify([request.method, pathOf(request), body])).digest('hex')
}
