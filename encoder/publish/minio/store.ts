import { createHash, hash } from 'node:crypto'
import { unwatchFile, watchFile } from 'node:fs'
import { JobError, jobErrors } from '../../job-errors.ts'
import { proveBody, readBody } from '../body.ts'
import { classifyS3 } from '../classify.ts'
import { checkKey } from '../key.ts'
import { Slots } from '../slots.ts'
import type { Store, StoredFacts, StoreObject } from '../store.ts'
import { exchange, named, send as sendRequest, storeName, type Bucket, type Call } from './client.ts'
import { readCredentials, type Credentials } from './credentials.ts'
import { digestTrial } from './digest-trial.ts'
import { listKeys, staleUploads } from './listing.ts'

export interface MinioStoreOptions {
  readonly bucket: Bucket
  /** Put before all keys, with a slash at its end; empty for none. */
  readonly prefix: string
  /** Objects that are sent at the same time. */
  readonly concurrency: number
  /** Ms since the epoch. */
  readonly now?: () => number
}

/** How often a watched file is looked at, ms. */
const LOOK_MS = 1000

/** Any S3-compatible server, through the client of `minio`. */
export function minioStore({ bucket, prefix, concurrency, now = Date.now }: MinioStoreOptions): Store {
  const { credentialsFile } = bucket
  const slots = new Slots(concurrency)
  let credentials: Promise<Credentials> | null = null
  const listeners = new Set<() => void>()
  // Polled: it finds any way of replacing a file, also a symbolic link set elsewhere, and a file that was not there yet.
  const changed = () => {
    credentials = null
    for (const listener of listeners) listener()
  }
  watchFile(credentialsFile, { interval: LOOK_MS, persistent: false }, changed)

  const access = async (): Promise<Credentials> => {
    // What could not be read is read again by the next who asks.
    const reading = (credentials ??= readCredentials(credentialsFile))
    return reading.catch((error: unknown) => {
      if (credentials === reading) credentials = null
      throw error
    })
  }
  const place = (key: string) => prefix + checkKey(key)
  const ask = async (call: Call, signal: AbortSignal) => exchange(bucket, await access(), call, signal)
  /** Whether the server knows `If-None-Match` on a PUT; found out by the first refusal. */
  let conditional = true
  const trial = digestTrial(ask, place)

  async function present(key: string, signal: AbortSignal, again = false): Promise<Presence | null> {
    const doing = `look at ${place(key)}`
    const { status, headers } = await ask({ doing, method: 'HEAD', key: place(key), headers: { 'x-amz-checksum-mode': 'ENABLED' }, expect: again ? [200] : [200, 403, 404] }, signal)
    if (status === 200) {
      const found = presence(headers)
      return found.sha256 === null || (await trial.compares(signal)) ? found : { ...found, sha256: null }
    }
    // An answer to HEAD has no body that says what is missing: the key, the bucket, or the permission.
    return ask({ doing, method: 'GET', key: place(key), headers: { range: 'bytes=0-0' }, expect: [200, 206] }, signal).then(
      // It came in between, or something on the way refuses HEAD.
      () => present(key, signal, true),
      (error: unknown) => {
        if (isMissing(error)) return null
        throw error
      },
    )
  }

  async function hashOf(key: string, signal: AbortSignal): Promise<string | null> {
    try {
      const doing = `read ${place(key)}`
      const response = await sendRequest(bucket, await access(), { doing, method: 'GET', key: place(key) }, signal)
      const sum = createHash('sha256')
      try {
        for await (const piece of response) sum.update(piece as Buffer)
      } catch (error) {
        signal.throwIfAborted()
        throw classifyS3(error, { ...named(bucket), doing, status: null })
      }
      return sum.digest('hex')
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }

  /** Whether what lies there is the object; the cheapest proof that the server offers. */
  async function isStored(object: StoreObject, bytes: Buffer, signal: AbortSignal): Promise<boolean> {
    const there = await present(object.key, signal)
    if (there === null || there.bytes !== object.bytes) return false
    if (there.sha256 !== null) return there.sha256 === object.sha256
    if (there.md5 !== null && there.md5 === hash('md5', bytes, 'hex')) {
      await proveBody(object, bytes)
      return true
    }
    return (await hashOf(object.key, signal)) === object.sha256
  }

  async function put(object: StoreObject, options: { readonly once: boolean; readonly signal: AbortSignal }): Promise<void> {
    // While one is read back, the next is sent.
    const bytes = await slots.run(() => send(object, options))
    if (await isStored(object, bytes, options.signal)) return
    await proveBody(object, bytes)
    throw mismatch(object, bucket)
  }

  /** Answers what was sent, which the server has, or had already. */
  async function send(object: StoreObject, { once, signal }: { readonly once: boolean; readonly signal: AbortSignal }): Promise<Buffer> {
    const bytes = await readBody(object)
    // Else the server refuses what is not as promised; to hash it here as well took 5 % of an upload on loopback.
    if (!trial.passed) await proveBody(object, bytes)
    if (once && !conditional && (await isStored(object, bytes, signal))) return bytes
    const call: Call = {
      doing: `store ${place(object.key)}`,
      method: 'PUT',
      key: place(object.key),
      headers: {
        'content-type': object.content_type,
        'cache-control': object.cache_control,
        // The server checks the body against it, and gives it back with HEAD.
        'x-amz-checksum-sha256': Buffer.from(object.sha256, 'hex').toString('base64'),
        ...(once && conditional ? { 'if-none-match': '*' } : {}),
      },
      body: { bytes, sha256: object.sha256 },
    }
    try {
      await ask(call, signal)
    } catch (error) {
      signal.throwIfAborted()
      // Where the file is to blame, trying again would help nobody.
      await proveBody(object, bytes)
      if (once && conditional && codeOf(error) === 'NotImplemented') {
        conditional = false
        return send(object, { once, signal })
      }
      // The answer may be lost though the object was stored; and a refusal that comes while the body is still being
      // sent is seen as a broken connection only. Asking without a body tells both.
      if (codeOf(error) !== 'PreconditionFailed' && !isUnreachable(error)) throw error
      if (codeOf(error) !== 'PreconditionFailed' && !(await isStored(object, bytes, signal))) throw error
    }
    return bytes
  }

  return {
    name: storeName(bucket) + (prefix === '' ? '' : `/${prefix.slice(0, -1)}`),
    put,
    async head(key, signal) {
      return present(key, signal)
    },
    async read(key, signal) {
      return ask({ doing: `read ${place(key)}`, method: 'GET', key: place(key) }, signal).then(
        ({ body }) => body,
        (error: unknown) => {
          if (isMissing(error)) return null
          throw error
        },
      )
    },
    hash: hashOf,
    async remove(key, signal) {
      await ask({ doing: `remove ${place(key)}`, method: 'DELETE', key: place(key), expect: [200, 204, 404] }, signal)
    },
    async *list(below, signal) {
      for await (const { key, bytes } of listKeys(bucket, await access(), prefix + below, signal)) yield { key: key.slice(prefix.length), bytes }
    },
    async tidy(signal) {
      let removed = 0
      for (const { key, upload } of await staleUploads(bucket, await access(), prefix, now(), signal)) {
        await ask({ doing: `end the interrupted upload of ${key}`, method: 'DELETE', key, query: `uploadId=${encodeURIComponent(upload)}`, expect: [204, 404] }, signal)
        removed += 1
      }
      return removed
    },
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      unwatchFile(credentialsFile, changed)
      bucket.connections.agent.destroy()
    },
  }
}

interface Presence extends StoredFacts {
  /** ETag of an object that was sent in one piece and is not encrypted by the server: its MD5. */
  readonly md5: string | null
}

function presence(headers: Record<string, string | string[] | undefined>): Presence {
  const text = (name: string) => (typeof headers[name] === 'string' ? headers[name] : null)
  const checksum = text('x-amz-checksum-sha256')
  const etag = text('etag')?.replaceAll('"', '') ?? ''
  return {
    bytes: Number(text('content-length')),
    // A hash of parts has the number of parts behind a dash.
    sha256: checksum === null || checksum.includes('-') ? null : Buffer.from(checksum, 'base64').toString('hex'),
    versioned: (text('x-amz-version-id') ?? 'null') !== 'null',
    md5: /^[0-9a-f]{32}$/.test(etag) ? etag : null,
    content_type: text('content-type'),
    cache_control: text('cache-control'),
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof JobError ? error.facts['code'] : undefined
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'NoSuchKey'
}

function isUnreachable(error: unknown): boolean {
  return error instanceof JobError && error.code === jobErrors.storeUnreachable.code
}

function mismatch({ key }: StoreObject, bucket: Bucket): JobError {
  return new JobError(jobErrors.objectMismatch, `What lies under ${key} in ${storeName(bucket)} is not what was sent.`, 'Look for something else that writes to the bucket; `greenroom-encoder publish repair` puts the right object there.', { key })
}
