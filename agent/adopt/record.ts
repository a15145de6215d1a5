import { constants } from 'node:fs'
import { mkdir, open, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../../shared/files/atomic.ts'
import { messageOf, Problem, systemCodeOf } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'

/** One file as an adoption found and left it, by its real path. Null: there was no such file. */
export interface FileSwap {
  readonly path: string
  readonly before: string | null
  readonly after: string | null
}

/** What is needed to undo an adoption; kept under the state directory from before the first write. */
export interface AdoptRecord {
  readonly version: 1
  readonly id: string
  readonly at: string
  /** Real path of the vhost. */
  readonly vhost: string
  readonly service: string
  /** `begun`: the process died, or could not restore. */
  readonly outcome: 'begun' | 'applied' | 'restored' | 'undone'
  readonly nginx: readonly FileSwap[]
  readonly config: FileSwap | null
}

/** The records that can be acted on, newest first, and the files that somebody else than root, or than us, owns. */
export interface Records {
  readonly records: readonly AdoptRecord[]
  readonly foreign: readonly string[]
}

/** Directory of the records within the state directory. */
export const RECORDS = 'adopt'
const directoryOf = (stateDir: string) => join(stateDir, RECORDS)

export function recordPath(stateDir: string, record: Pick<AdoptRecord, 'id'>): string {
  return join(directoryOf(stateDir), `${record.id}.json`)
}

/** Configuration files may hold secrets: readable by the owner only. */
export async function saveRecord(stateDir: string, record: AdoptRecord): Promise<void> {
  await mkdir(directoryOf(stateDir), { recursive: true, mode: 0o700 })
  await using directory = await openDirectory(stateDir)
  const { uid } = await directory.stat()
  if (!isTrusted(uid)) {
    await directory.chown(process.geteuid!(), process.getegid!())
    await directory.chmod(0o700)
  }
  await replaceFile(recordPath(stateDir, record), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
}

/**
 * Undoing writes what a record says to where it says, as root; the state directory is the agent's user's. So each is
 * believed only where root wrote it, and read by descriptors, which nobody can exchange in between.
 */
export async function readRecords(stateDir: string): Promise<Records> {
  const records: AdoptRecord[] = []
  const foreign: string[] = []
  try {
    await using directory = await openDirectory(stateDir)
    const here = `/proc/self/fd/${directory.fd}`
    for (const name of (await readdir(here)).filter((entry) => /^[^.].*\.json$/.test(entry)).toSorted().toReversed()) {
      await using file = await open(join(here, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      const facts = await file.stat()
      if (facts.isFile() && facts.nlink === 1 && isTrusted(facts.uid)) records.push(JSON.parse(await file.readFile('utf8')) as AdoptRecord)
      else foreign.push(join(directoryOf(stateDir), name))
    }
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { records: [], foreign: [] }
    if (error instanceof Problem) throw error
    throw new Problem(errors.adoptRefused, `The records of adoptions in ${directoryOf(stateDir)} cannot be read: ${messageOf(error)}. Run this as root; a link among them is not followed.`, {}, error)
  }
  return { records, foreign }
}

function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.()
}

function openDirectory(stateDir: string): Promise<FileHandle> {
  return open(directoryOf(stateDir), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
}

export function recordId(service: string, now: Date): string {
  return `${now.toISOString().replaceAll(/[:.]/g, '-')}-${service}`
}
