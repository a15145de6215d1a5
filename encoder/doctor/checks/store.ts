import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { daemonOwner, handOver } from '../../../shared/cli/hand-over.ts'
import { fail, ok, type Finding } from '../../../shared/doctor/finding.ts'
import { JobError } from '../../job-errors.ts'
import { TEMPORARY } from '../../publish/directory/store.ts'
import { openStore } from '../../publish/open-store.ts'
import type { Store, StoreObject } from '../../publish/store.ts'
import type { Check } from '../host.ts'

const CHECK = 'store'
const FOLDER = 'greenroom-doctor'
const DEADLINE_MS = 30_000

/** Everything that publishing asks of the store, with one small object of our own: write, read back, refuse a second write, remove. */
export const checkStore: Check = async ({ config }) => {
  // That the directory is missing is told with the other directories.
  if (config.store.kind === 'directory' && !existsSync(config.store.directory)) return []
  let store: Store | null = null
  try {
    store = await openStore(config.store)
    return [await tryOut(store)]
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return [fail(CHECK, `${store?.name ?? 'it'} did not answer within ${DEADLINE_MS / 1000} s`, 'see that it runs and can be reached from here')]
    if (!(error instanceof JobError)) throw error
    return [fail(CHECK, `${error.code}: ${error.message}`, error.advice)]
  } finally {
    await store?.close()
    // Run by root, it would leave the encoder a folder that it may not enter.
    if (config.store.kind === 'directory') await handOver(join(config.store.directory, TEMPORARY), await daemonOwner(config.work.directory))
  }
}

async function tryOut(store: Store): Promise<Finding> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const key = `${FOLDER}/${randomBytes(12).toString('hex')}.txt`
  const object = objectOf(key, `written by greenroom-encoder doctor, ${key}\n`)
  await store.put(object, { once: true, signal })
  try {
    const facts = await store.head(key, signal)
    const content = (await store.read(key, signal))?.toString()
    if (facts === null || content !== (object.body as { content: string }).content || facts.bytes !== object.bytes || (facts.sha256 !== null && facts.sha256 !== object.sha256)) {
      return fail(CHECK, `${store.name}: what was read back is not what was written`, 'look at the store: it loses or changes objects')
    }
    if (facts.cache_control !== null && facts.cache_control !== object.cache_control) {
      return fail(CHECK, `${store.name} keeps the Cache-Control "${facts.cache_control}" instead of what it was given`, 'look at what stands between: players and CDN need the one that is given')
    }
    if (!(await refusesOther(store, key, signal))) return fail(CHECK, `${store.name} overwrites an object that must not change`, 'use a store that takes "If-None-Match: *", or see what stands between')
  } finally {
    await store.remove(key, signal)
  }
  if ((await store.head(key, signal)) !== null) return fail(CHECK, `${store.name}: an object that was removed is still there`, 'give the credentials s3:DeleteObject; old versions cannot be deleted without')
  return ok(CHECK, `${store.name}: written, read back, not overwritten, removed`)
}

/** Whether a second write under the key, of other content, leaves the first. */
async function refusesOther(store: Store, key: string, signal: AbortSignal): Promise<boolean> {
  const first = await store.hash(key, signal)
  try {
    await store.put(objectOf(key, 'something else\n'), { once: true, signal })
  } catch (error) {
    if (!(error instanceof JobError) || error.code !== 'object_mismatch') throw error
  }
  return (await store.hash(key, signal)) === first
}

function objectOf(key: string, content: string): StoreObject {
  return { key, body: { content }, bytes: Buffer.byteLength(content), sha256: createHash('sha256').update(content).digest('hex'), content_type: 'text/plain; charset=utf-8', cache_control: 'public, max-age=31536000, immutable' }
}
