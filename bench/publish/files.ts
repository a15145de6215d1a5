import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NewObject, NewVersion } from '../../encoder/publish/contract.ts'

/** Segments of random bytes in the work area, as if they had just been encoded. */
export function segments(work: string, asset: string, version: string, count: number, bytes: number): NewObject[] {
  const folder = join(work, version)
  mkdirSync(folder, { recursive: true })
  return Array.from({ length: count }, (_, index) => {
    const content = randomBytes(bytes)
    const sha256 = createHash('sha256').update(content).digest('hex')
    const path = join(folder, `${index}.m4s`)
    writeFileSync(path, content)
    return { key: `${asset}/${version}/v/${index}-${sha256.slice(0, 16)}.m4s`, path, bytes, sha256, content_type: 'video/iso.segment' }
  })
}

export function newVersion(asset: string, version: string): NewVersion {
  return { asset, version, job: version, source_name: `${asset}.mp4`, source_size: 1, source_sha256: version, profile: 'default', profile_hash: 'p' }
}
