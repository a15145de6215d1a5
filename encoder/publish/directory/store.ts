import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncDirectory } from '../../../shared/files/atomic.ts'
import { messageOf, systemCodeOf } from '../../../shared/errors/problem.ts'
import { hashFile } from '../../hash-file.ts'
import { JobError, jobErrors } from '../../job-errors.ts'
import { copyBody } from '../body.ts'
import { classifyFile } from '../classify.ts'
import { checkKey } from '../key.ts'
import { type Pace, paced } from '../pace.ts'
import { Slots } from '../slots.ts'
import type { Store, StoreObject } from '../store.ts'
import { checkInside, makeDirectory, removeEmptyAbove } from './place.ts'
import { walk } from './walk.ts'

export interface DirectoryStoreOptions {
  readonly root: string
  /** Put before all keys, with a slash at its end; empty for none. */
  readonly prefix: string
  readonly pace: Pace | null
  /** Objects that are written at the same time. */
  readonly concurrency: number
  /** Throws while the file system of the root is not the one that it was; asked when the root is another directory than at the last look. */
  readonly mounted: () => Promise<void>
}

/** Where files are written before they get their name: on the same file system, and hidden from listings and from Nginx. */
export const TEMPORARY = '.greenroom'

/** A folder that Nginx serves. Content types and Cache-Control are Nginx's to give (docs/how-to). */
export function directoryStore({ root, prefix, pace, concurrency, mounted }: DirectoryStoreOptions): Store {
  const slots = new Slots(concurrency)
  const place = (key: string) => join(root, prefix + checkKey(key))
  const temporaries = join(root, TEMPORARY)

  let seen = ''
  /** An empty mount point is not an empty store: nothing is missing from it, and nothing is written to it. */
  async function isOurs(): Promise<void> {
    const { dev, ino } = await stat(root, { bigint: true }).catch((error: unknown) => {
      throw new JobError(jobErrors.storageFailed, `The store ${root} is not there: ${messageOf(error)}.`, 'Mount or make the directory, writable for the encoder; it goes on by itself then.', { gone: true }, error)
    })
    if (`${dev}:${ino}` === seen) return
    await mounted()
    seen = `${dev}:${ino}`
  }

  async function hash(key: string, signal: AbortSignal): Promise<string | null> {
    return reading(key, signal, async (file) => hashFile(file, signal))
  }

  /** Runs it with the path of the file; null when there is none. */
  async function reading<T>(key: string, signal: AbortSignal, work: (file: string) => Promise<T>): Promise<T | null> {
    const file = place(key)
    try {
      signal.throwIfAborted()
      await isOurs()
      await checkInside(root, dirname(file))
      return await work(file)
    } catch (error) {
      signal.throwIfAborted()
      if (systemCodeOf(error) === 'ENOENT' && (await isThere(root))) return null
      throw classifyFile(error, `read ${file}`)
    }
  }

  /** Writes the content under a temporary name, on the disk to the last byte. */
  async function writeTemporary(object: StoreObject, signal: AbortSignal): Promise<string> {
    // The root itself is not made: a file system that is not mounted must not be filled underneath.
    await mkdir(temporaries, { mode: 0o700 }).catch((error: unknown) => {
      if (systemCodeOf(error) !== 'EEXIST') throw error
    })
    const temporary = join(temporaries, `${process.pid}-${randomBytes(6).toString('hex')}`)
    try {
      await using file = await open(temporary, 'wx', 0o600)
      await copyBody(object, signal, async (block) => {
        for await (const piece of pace === null ? [block] : paced(block, pace, signal)) await file.writeFile(piece)
        signal.throwIfAborted()
      })
      await file.chmod(0o644)
      await file.sync()
      return temporary
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  async function put(object: StoreObject, once: boolean, signal: AbortSignal): Promise<void> {
    const file = place(object.key)
    if (once && (await hash(object.key, signal)) === object.sha256) return syncDirectory(dirname(file))
    const temporary = await writeTemporary(object, signal)
    try {
      await named(temporary, file, once)
      await syncDirectory(dirname(file))
    } finally {
      await rm(temporary, { force: true })
    }
    if ((await hash(object.key, signal)) !== object.sha256) throw mismatch(file)
  }

  /** Gives the file its name. Its directory may just have been removed as empty, by the deletion of what lay there. */
  async function named(temporary: string, file: string, once: boolean): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      await makeDirectory(root, file)
      try {
        return await (once ? link(temporary, file) : rename(temporary, file))
      } catch (error) {
        if (once && systemCodeOf(error) === 'EEXIST') return
        if (systemCodeOf(error) !== 'ENOENT' || attempt === 5) throw error
      }
    }
  }

  return {
    name: prefix === '' ? root : join(root, prefix.slice(0, -1)),
    async put(object, { once, signal }) {
      try {
        signal.throwIfAborted()
        await isOurs()
        await slots.run(() => put(object, once, signal))
      } catch (error) {
        signal.throwIfAborted()
        throw classifyFile(error, `store ${place(object.key)}`)
      }
    },
    async head(key, signal) {
      return reading(key, signal, async (file) => ({ bytes: (await stat(file)).size, sha256: null, content_type: null, cache_control: null }))
    },
    async read(key, signal) {
      return reading(key, signal, (file) => readFile(file, { signal }))
    },
    hash,
    async remove(key, signal) {
      const file = place(key)
      try {
        signal.throwIfAborted()
        await isOurs()
        await checkInside(root, dirname(file))
        await unlink(file)
        await syncDirectory(dirname(file))
        await removeEmptyAbove(join(root, prefix), file)
      } catch (error) {
        signal.throwIfAborted()
        if (systemCodeOf(error) === 'ENOENT' && (await isThere(root))) return
        throw classifyFile(error, `remove ${file}`)
      }
    },
    async *list(below, signal) {
      try {
        await isOurs()
        yield* walk(join(root, prefix), below, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (systemCodeOf(error) === 'ENOENT' && (await isThere(root))) return
        throw classifyFile(error, `list ${root}`)
      }
    },
    async tidy() {
      return removeLeftovers(temporaries)
    },
    watch: () => () => {},
    async close() {},
  }
}

async function isThere(directory: string): Promise<boolean> {
  return stat(directory).then(() => true, () => false)
}

/** Removes temporary files whose writer has ended. */
async function removeLeftovers(directory: string): Promise<number> {
  let removed = 0
  const names = await readdir(directory).catch((error: unknown) => (systemCodeOf(error) === 'ENOENT' ? [] : Promise.reject(classifyFile(error, `list ${directory}`))))
  for (const name of names) {
    const writer = /^(\d+)-[0-9a-f]{12}$/.exec(name)?.[1]
    if (writer === undefined || (await isThere(`/proc/${writer}`))) continue
    await rm(join(directory, name), { force: true })
    removed += 1
  }
  return removed
}

function mismatch(file: string): JobError {
  return new JobError(jobErrors.objectMismatch, `What lies in ${file} is not what was written.`, 'Look for something else that writes to the store, and at the disk; `greenroom-encoder publish repair` puts the right object there.', { file })
}
