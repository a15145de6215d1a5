import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { replaceFile } from '../../../shared/files/atomic.ts'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import type { LogMark } from '../error-log.ts'
import type { WorkerSet } from './worker-set.ts'

/** What the running Nginx has loaded, as far as is known, and the workers for which that holds. */
export interface Snapshot {
  readonly version: 1
  readonly workerSet: WorkerSet
  /** Wall clock minus time since boot, in ms: another value later means that the clock was set. */
  readonly clockOffset: number
  /** From here on the error log tells which workers crashed; null when it could not be read. */
  readonly log: LogMark | null
  /** Text by path, our own files left out; null where the loaded text is not known. */
  readonly files: Readonly<Record<string, string | null>>
}

/** The stored snapshot; null when there is none or it is damaged: it can be made anew, with less knowledge. */
export async function readSnapshot(path: string): Promise<Snapshot | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
  try {
    const snapshot = JSON.parse(text) as Snapshot
    return snapshot.version === 1 ? snapshot : null
  } catch {
    return null
  }
}

export async function writeSnapshot(path: string, snapshot: Snapshot): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // Nginx files may hold secrets in their text.
  await replaceFile(path, JSON.stringify(snapshot), { mode: 0o600 })
}
