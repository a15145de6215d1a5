import type { PlannedClaim } from '../../encoder/intake/contract.ts'

/** A claim of a file in the ingest folder, as intake would plan it. */
export function claimOf(name: string, size = 1000): PlannedClaim {
  return {
    name,
    name_bytes: Buffer.from(name).toString('base64'),
    size,
    mtime_ms: 0,
    profile: 'default',
    asset: name.replace(/\.[^.]*$/, ''),
    files: [Buffer.from(`/ingest/${name}`).toString('base64')],
  }
}
