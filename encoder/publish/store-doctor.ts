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
  /** What was found, in a sentence. */
  readonly detail: string
  /** What to do where it does not work; null where nothing has to be done. */
  readonly mend: string | null
  /** Publishing goes on all the same. */
  readonly harmless: boolean
}

/** A capability that the store lacks. */
class Lacks extends Error {
  override readonly name = 'Lacks'
  readonly mend: string | null
  readonly harmless: boolean

  constructor(detail: string, mend: string | null, harmless = mend === null) {
    super(detail)
    this.mend = mend
    this.harmless = harmless
  }
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
      findings.push({ what, works: true, detail: await work(), mend: null, harmless: true })
      return true
    } catch (error) {
      signal.throwIfAborted()
      findings.push({ what, works: false, detail: messageOf(error), mend: error instanceof JobError ? error.advice : error instanceof Lacks ? error.mend : 'Look at the log of the store.', harmless: error instanceof Lacks && error.harmless })
      return false
    }
  }

  const written = await examine('write', async () => {
    await store.put(first, { once: false, signal })
    return `an object was stored in ${store.name}`
  })
  if (!written) return findings

  let versioned = false
  await examine('read back', async () => {
    const facts = await store.head(key, signal)
    versioned = facts?.versioned === true
    if (facts === null) throw new Lacks('the object that was just stored is not there', 'See what stands between here and the store, and caches or deletes.')
    const body = await store.read(key, signal)
    if (body?.toString() !== content(first)) throw new Lacks('what was read is not what was stored', 'Look at the store, and at what stands between: it loses or changes objects.')
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
    if (!left) throw new Lacks('the store ignores If-None-Match, so an object could be overwritten: by the same bytes, since its name holds a hash of them', null)
    throw new Lacks('the store neither wrote the object nor said that it did not', 'Look at the log of the store.')
  })

  await examine('overwrite', async () => {
    await store.put(second, { once: false, signal })
    if ((await store.read(key, signal))?.toString() !== content(second)) throw new Lacks('the old content is still read after the object was replaced: pointers would lag behind', 'Turn off caching between here and the store.')
    return 'a replaced object is read at once, as pointers need it'
  })

  await examine('list', async () => {
    for await (const found of store.list('greenroom-doctor/', signal)) if (found.key === key) return 'the object is listed'
    throw new Lacks('the object is not listed, so ledger and store cannot be compared', 'Give the key s3:ListBucket.')
  })

  await examine('delete', async () => {
    await store.remove(key, signal)
    if ((await store.head(key, signal)) !== null) throw new Lacks(`the object is still there after it was deleted, and so would be old versions`, `Give the key s3:DeleteObject, and remove ${key} by hand.`)
    if (versioned) throw new Lacks('versioning of the bucket is on, so what is deleted or replaced stays on the disk of the store', 'Turn it off, or let a lifecycle rule of the bucket delete noncurrent versions.', true)
    return 'the object is gone'
  })
  return findings
}

const BETWEEN = 'See what stands between here and the store and changes headers: players and CDN need the one that is given.'

function object(key: string, text: string): StoreObject {
  return { key, body: { content: text }, bytes: Buffer.byteLength(text), sha256: sha256(text), content_type: 'text/plain', cache_control: OBJECT_CACHE }
}

function content({ body }: StoreObject): string {
  return 'content' in body ? body.content : ''
}

function checkHeaders(facts: { readonly content_type: string | null; readonly cache_control: string | null }, { content_type, cache_control }: StoreObject): string {
  if (facts.content_type !== content_type) throw new Lacks(`the Content-Type came back as ${facts.content_type} instead of ${content_type}`, BETWEEN)
  if (facts.cache_control !== cache_control) throw new Lacks(`Cache-Control came back as ${facts.cache_control ?? 'nothing'} instead of ${cache_control}`, BETWEEN)
  return 'Content-Type and Cache-Control came back'
}
