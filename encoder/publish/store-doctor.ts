import { randomBytes } from 'node:crypto'
import { messageOf } from '../../shared/errors/problem.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import { sha256 } from './body.ts'
import { OBJECT_CACHE } from './outbox.ts'
import type { Store, StoreObject } from './store.ts'

export interface StoreFinding {
  /** `write`, `read back`, … */
  readonly what: string
  readonly works: boolean
  /** In words: what was found, and what to do where it does not work. */
  readonly detail: string
}

/** Tries on the real store, under a prefix of its own, all that publishing does with it. Leaves nothing behind that it could remove. */
export async function examineStore(store: Store, signal: AbortSignal): Promise<readonly StoreFinding[]> {
  const findings: StoreFinding[] = []
  const key = `greenroom-doctor/${randomBytes(8).toString('hex')}.txt`
  const first = object(key, 'written by greenroom-encoder doctor\n')
  const second = object(key, 'written by greenroom-encoder doctor, and replaced\n')

  /** Runs one; answers whether those that build on it can be tried. */
  const examine = async (what: string, work: () => Promise<string>): Promise<boolean> => {
    try {
      findings.push({ what, works: true, detail: await work() })
      return true
    } catch (error) {
      signal.throwIfAborted()
      findings.push({ what, works: false, detail: error instanceof JobError ? `${error.message} ${error.advice}` : messageOf(error) })
      return false
    }
  }

  const written = await examine('write', async () => {
    await store.put(first, { once: false, signal })
    return `an object was stored in ${store.name}`
  })
  if (!written) return findings

  await examine('read back', async () => {
    const facts = await store.head(key, signal)
    if (facts === null) throw new Error('the object that was just stored is not there: is something between that caches or deletes?')
    const body = await store.read(key, signal)
    if (body?.toString() !== content(first)) throw new Error('the content that was read is not what was stored')
    const headers = facts.content_type === null ? 'content types and Cache-Control are for the web server to give' : checkHeaders(facts, first)
    return `size and content are right; ${facts.sha256 === null ? 'no SHA-256 is kept by the store, so objects are compared by ETag or read whole' : 'the store keeps a SHA-256 and gives it back'}; ${headers}`
  })

  await examine('conditional write', async () => {
    const refused = await store.put(second, { once: true, signal }).then(
      () => false,
      (error: unknown) => {
        if (error instanceof JobError && error.code === jobErrors.objectMismatch.code) return true
        throw error
      },
    )
    const left = (await store.read(key, signal))?.toString() === content(first)
    if (refused && left) return 'an object that is there is not overwritten'
    if (!left) throw new Error('the store ignores If-None-Match: an object could be overwritten. Names hold a hash of their content, so it would be by the same bytes; nothing needs to be done')
    throw new Error('the store neither wrote the object nor said that it did not')
  })

  await examine('overwrite', async () => {
    await store.put(second, { once: false, signal })
    if ((await store.read(key, signal))?.toString() !== content(second)) throw new Error('the old content is still read after the object was replaced: pointers would lag behind. Turn off caching between here and the store')
    return 'a replaced object is read at once, as pointers need it'
  })

  await examine('list', async () => {
    for await (const found of store.list('greenroom-doctor/', signal)) if (found.key === key) return 'the object is listed'
    throw new Error('the object is not listed: reconcile could not compare. Give the key s3:ListBucket')
  })

  await examine('delete', async () => {
    await store.remove(key, signal)
    if ((await store.head(key, signal)) !== null) throw new Error(`the object is still there after it was deleted: remove ${key} by hand, and give the key s3:DeleteObject`)
    return 'the object is gone'
  })
  return findings
}

function object(key: string, text: string): StoreObject {
  return { key, body: { content: text }, bytes: Buffer.byteLength(text), sha256: sha256(text), content_type: 'text/plain', cache_control: OBJECT_CACHE }
}

function content({ body }: StoreObject): string {
  return 'content' in body ? body.content : ''
}

function checkHeaders(facts: { readonly content_type: string | null; readonly cache_control: string | null }, { content_type, cache_control }: StoreObject): string {
  if (facts.content_type !== content_type) throw new Error(`the Content-Type came back as ${facts.content_type} instead of ${content_type}`)
  if (facts.cache_control !== cache_control) throw new Error(`Cache-Control came back as ${facts.cache_control ?? 'nothing'} instead of ${cache_control}`)
  return 'Content-Type and Cache-Control came back'
}
