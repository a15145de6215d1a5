import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, systemCodeOf } from '../../shared/errors/problem.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import { lookAtMount, MemoryUnwritable } from '../mount-memory.ts'

export interface FolderProblem {
  readonly code: string
  readonly message: string
  readonly blocking: boolean
}

/** The ingest folder as it is now: fit to be looked through, or the reason why not. */
export type FolderState = { readonly fit: true; readonly identity: string } | { readonly fit: false; readonly problem: FolderProblem }

export interface FolderOptions {
  readonly directory: string
  readonly work: string
  readonly readMounts?: () => Promise<string>
}

/** Looks whether the ingest folder is the one that is meant: it is there, and its file system is mounted. */
export async function lookAtFolder({ directory, work, readMounts }: FolderOptions): Promise<FolderState> {
  try {
    const { dev, ino, ...stats } = await stat(directory, { bigint: true })
    if ((stats.mode & 0o170000n) !== 0o040000n) return blocked('ingest_missing', `${directory} is no directory; intake waits until it is one.`)
    const memory = folderMemory(work)
    const { missing } = await lookAtMount({ directory, memory, readMounts })
    if (missing !== null) {
      return blocked(
        'ingest_unmounted',
        `${directory} used to lie on a file system mounted at ${missing}, which is not mounted now; intake goes on by itself when it is. If it is meant to be without, remove ${memory}.`,
      )
    }
    return { fit: true, identity: `${dev}:${ino}` }
  } catch (error) {
    if (error instanceof MemoryUnwritable) return blocked('work_unwritable', `The work area cannot be written (${error.message}); intake goes on by itself when it can.`)
    const code = systemCodeOf(error)
    if (code === 'ENOENT') return blocked('ingest_missing', `${directory} does not exist; intake goes on by itself when it does.`)
    if (code === undefined) throw error
    return blocked('ingest_unreadable', `${directory} cannot be used (${messageOf(error)}); intake goes on by itself when it can.`)
  }
}

/** Throws `storage_failed` unless the folder is there: before a source is given back into `done/` or `failed/` in it. */
export async function requireFolder(options: FolderOptions): Promise<void> {
  const state = await lookAtFolder(options)
  if (!state.fit) throw new JobError(jobErrors.storageFailed, state.problem.message, `Mount or create ${options.directory}.`)
}

export function folderMemory(work: string): string {
  return join(work, 'ingest-folder.json')
}

function blocked(code: string, message: string): FolderState {
  return { fit: false, problem: { code, message, blocking: true } }
}
