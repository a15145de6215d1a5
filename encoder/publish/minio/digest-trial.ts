import { JobError } from '../../job-errors.ts'
import { sha256 } from '../body.ts'
import type { Answer, Call } from './client.ts'

const BODY = Buffer.from('The header promises another hash than this has.\n')
/** What servers call a body that is not as its headers promise: S3, MinIO, others. Only these words count: a proxy in between has refusals of its own. */
const REFUSALS = new Set(['BadDigest', 'InvalidDigest', 'XAmzContentChecksumMismatch', 'XAmzContentSHA256Mismatch'])
/** Of one name: what a crash leaves behind is written over by the next trial, and removed. */
const KEY = 'greenroom-probe/digest.txt'

export interface DigestTrial {
  /** It was seen to compare. */
  readonly passed: boolean
  readonly compares: (signal: AbortSignal) => Promise<boolean>
}

/**
 * Whether the server compares what it gets with the SHA-256 in its headers. One that only keeps that header and gives it
 * back (gofakes3 does) proves nothing by it, so it is put to the test once, with one small object and a wrong promise.
 * Answers false while the test cannot be made, and makes it again when it is asked again.
 */
export function digestTrial(ask: (call: Call, signal: AbortSignal) => Promise<Answer>, place: (key: string) => string): DigestTrial {
  let known: boolean | null = null
  let trying: Promise<void> | null = null

  async function attempt(signal: AbortSignal): Promise<void> {
    const key = place(KEY)
    const headers = { 'content-type': 'text/plain', 'x-amz-checksum-sha256': Buffer.from(sha256('something else'), 'hex').toString('base64') }
    try {
      await ask({ doing: 'find out whether hashes are compared', method: 'PUT', key, headers, body: { bytes: BODY, sha256: sha256(BODY) } }, signal)
    } catch (error) {
      if (error instanceof JobError && REFUSALS.has(String(error.facts['code']))) known = true
      return
    }
    known = false
    // Where that may not be done, nobody is harmed by what is left.
    await ask({ doing: 'remove what that left', method: 'DELETE', key, expect: [200, 204, 404] }, signal).catch(() => {})
  }

  return {
    get passed() {
      return known === true
    },
    compares: async (signal) => {
      // One for all that are on their way; what ends it for one asker does not end it for the others.
      if (known === null) await (trying ??= attempt(signal).finally(() => (trying = null)))
      signal.throwIfAborted()
      return known ?? false
    },
  }
}
