import type { Fault } from '../../shared/config/load.ts'
import type { EncoderConfig } from '../config.ts'

/** Settings of the store that do not make a store together. */
export function storeFaults({ store }: EncoderConfig): Fault[] {
  const faults: Fault[] = []
  if (store.kind === 'minio') {
    for (const key of ['endpoint', 'bucket'] as const) {
      if (store[key] === undefined) faults.push({ place: `store.${key}`, found: 'nothing', expected: `a value: kind "minio" needs endpoint and bucket` })
    }
  }
  if (store.public_url !== undefined && /[{}?]/.test(store.public_url)) {
    faults.push({ place: 'store.public_url', found: JSON.stringify(store.public_url), expected: 'a URL without placeholders and query: the names of assets are added to its end' })
  }
  return faults
}

/** A hook that says nothing to anybody, or two things at once. */
export function hookFaults({ after_publish: hook }: EncoderConfig): Fault[] {
  if (hook === undefined) return []
  const faults: Fault[] = []
  const { command, url } = hook
  if (command === undefined && url === undefined) faults.push({ place: 'after_publish', found: 'neither command nor url', expected: 'one of the two' })
  if (command !== undefined && url !== undefined) faults.push({ place: 'after_publish', found: 'both command and url', expected: 'one of the two' })
  if (command?.[0] === '') faults.push({ place: 'after_publish.command[0]', found: '""', expected: 'a program' })
  if (url !== undefined && /[{}]/.test(url)) faults.push({ place: 'after_publish.url', found: JSON.stringify(url), expected: 'a URL without placeholders: what changed stands in the body of the call' })
  for (const key of ['secret_file', 'ca_file'] as const) {
    if (hook[key] !== undefined && url === undefined) faults.push({ place: `after_publish.${key}`, found: 'a setting of url without url', expected: 'url, or no such line' })
  }
  return faults
}
