import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../../shared/files/atomic.ts'
import { systemCodeOf } from '../../shared/errors/problem.ts'

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

const directoryOf = (stateDir: string) => join(stateDir, 'adopt')

export function recordPath(stateDir: string, record: Pick<AdoptRecord, 'id'>): string {
  return join(directoryOf(stateDir), `${record.id}.json`)
}

/** Configuration files may hold secrets: readable by the owner only. */
export async function saveRecord(stateDir: string, record: AdoptRecord): Promise<void> {
  await mkdir(directoryOf(stateDir), { recursive: true, mode: 0o700 })
  await replaceFile(recordPath(stateDir, record), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
}

/** All records, newest first. */
export async function readRecords(stateDir: string): Promise<AdoptRecord[]> {
  let names: string[]
  try {
    names = await readdir(directoryOf(stateDir))
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw error
  }
  const files = names.filter((name) => /^[^.].*\.json$/.test(name)).toSorted().toReversed()
  return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(directoryOf(stateDir), name), 'utf8')) as AdoptRecord))
}

export function recordId(service: string, now: Date): string {
  return `${now.toISOString().replaceAll(/[:.]/g, '-')}-${service}`
}
