import { systemCodeOf } from '../../../shared/errors/problem.ts'
import { classifyS3 } from '../classify.ts'
import { client, named, type Bucket } from './client.ts'
import type { Credentials } from './credentials.ts'

/** Uploads in parts that are older were interrupted. Ours are never in parts: these are of other programs, or of older versions. */
const STALE_MS = 24 * 60 * 60 * 1000

/** What servers say that know no uploads in parts, or have never had one. */
const NO_UPLOADS = new Set(['NoSuchUpload', 'NotImplemented', 'MethodNotAllowed'])

/** All keys below a prefix of the bucket. */
export async function* listKeys(bucket: Bucket, credentials: Credentials, prefix: string, signal: AbortSignal): AsyncGenerator<{ readonly key: string; readonly bytes: number }> {
  const exchange = { signal, status: null }
  try {
    for await (const item of client(bucket, credentials, exchange).listObjectsV2(bucket.name, prefix, true)) {
      const { name, size } = item as { readonly name?: string; readonly size: number }
      if (name !== undefined) yield { key: name, bytes: size }
    }
  } catch (error) {
    signal.throwIfAborted()
    throw classifyS3(error, { ...named(bucket), doing: `list ${prefix === '' ? 'the bucket' : prefix}`, status: exchange.status })
  }
}

/** Uploads in parts below a prefix that nobody has finished. All of the bucket's are asked for: MinIO lists them for no prefix or a whole key only. */
export async function staleUploads(bucket: Bucket, credentials: Credentials, prefix: string, now: number, signal: AbortSignal): Promise<{ readonly key: string; readonly upload: string }[]> {
  const exchange = { signal, status: null }
  const stale: { key: string; upload: string }[] = []
  try {
    for await (const item of client(bucket, credentials, exchange).listIncompleteUploads(bucket.name, '', true)) {
      const { key, uploadId, initiated } = item as { readonly key?: string; readonly uploadId?: string; readonly initiated?: Date }
      if (key?.startsWith(prefix) === true && uploadId !== undefined && initiated !== undefined && now - initiated.getTime() > STALE_MS) stale.push({ key, upload: uploadId })
    }
  } catch (error) {
    signal.throwIfAborted()
    if (NO_UPLOADS.has(systemCodeOf(error) ?? '')) return []
    throw classifyS3(error, { ...named(bucket), doing: 'list interrupted uploads', status: exchange.status })
  }
  return stale
}
