import { hash, webcrypto } from 'node:crypto'
import { open, readFile, stat } from 'node:fs/promises'
import { systemCodeOf } from '../../shared/errors/problem.ts'
import { hashHandle } from '../hash-file.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import { classifyFile } from './classify.ts'
import type { StoreObject } from './store.ts'

/** Objects are sent in one piece: parts of larger ones could not be resumed by the client, and their ETag is no hash. */
export const MOST_BYTES = 64 * 1024 * 1024

export function sha256(content: string | Buffer): string {
  return hash('sha256', content, 'hex')
}

/**
 * Gives the bytes of an object to `write`, piece by piece in the same memory. Throws, after the last, where they are not
 * those that were promised: what was written is to be thrown away then.
 */
export async function copyBody(object: StoreObject, signal: AbortSignal, write: (piece: Buffer) => Promise<void>): Promise<void> {
  const { body } = object
  if ('content' in body) return write(check(object, Buffer.from(body.content), sha256(body.content)))
  await using file = await open(body.path, 'r').catch((error: unknown) => unreadable(object, body.path, error))
  const { hash: found, bytes } = await hashHandle(file, { signal }, write)
  if (bytes !== object.bytes) throw changed(object, `${body.path} has ${bytes} bytes instead of ${object.bytes}`)
  if (found !== object.sha256) throw changed(object, otherHash(object, found))
}

/** SHA-256 outside of the main thread. */
export async function sha256Aside(bytes: Buffer): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex')
}

/**
 * The bytes of an object, as many as were promised; whether they are those that were, `proveBody` tells. A work file that
 * is gone or not what it was is a mistake of this program (`internal`): it is never published.
 */
export async function readBody(object: StoreObject): Promise<Buffer> {
  const { body, bytes } = object
  if ('content' in body) return Buffer.from(body.content)
  const size = await stat(body.path).then((stats) => stats.size, (error: unknown) => unreadable(object, body.path, error))
  if (size !== bytes) throw changed(object, `${body.path} has ${size} bytes instead of ${bytes}`)
  return readFile(body.path).catch((error: unknown) => unreadable(object, body.path, error))
}

/** Throws, as `readBody` does, where the bytes are not those that were promised. */
export async function proveBody(object: StoreObject, content: Buffer): Promise<void> {
  check(object, content, await sha256Aside(content))
}

function check(object: StoreObject, content: Buffer, found: string): Buffer {
  if (content.length !== object.bytes || found !== object.sha256) throw changed(object, otherHash(object, found))
  return content
}

function otherHash({ sha256: promised }: StoreObject, found: string): string {
  return `its content has the SHA-256 ${found} instead of ${promised}`
}

function unreadable(object: StoreObject, path: string, error: unknown): never {
  if (systemCodeOf(error) === 'ENOENT') throw changed(object, `${path} is gone`)
  throw classifyFile(error, `read ${path}`)
}

function changed({ key }: StoreObject, what: string): JobError {
  return new JobError(jobErrors.internal, `The file to publish as ${key} is not what was made: ${what}.`, 'Retry the job; if it happens again, look for a program that changes files in the work area.')
}
