import { mkdir, readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '../../shared/files/atomic.ts'
import { messageOf, systemCodeOf } from '../../shared/errors/problem.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import { mountPointOf, readMounts } from './mounts.ts'

export interface FolderProblem {
  readonly code: string
  readonly message: string
  readonly blocking: boolean
}

/** The ingest folder as it is now: fit to be looked through, or the reason why not. */
export type FolderState = { readonly fit: true; readonly identity: string } | { readonly fit: false; readonly problem: FolderProblem }

interface Memory {
  readonly directory: string
  readonly mount_point: string
}

export interface FolderOptions {
  readonly directory: string
  readonly work: string
  readonly readMounts?: () => Promise<string>
}

/**
 * Looks whether the ingest folder is the one that is meant. An unmounted file system leaves an empty directory behind
 * that looks like «all sources are gone», and what is moved there vanishes under the next mount: so the work area
 * remembers which mount point the folder was on, and a folder that lies higher up than that is not touched. A deeper
 * one is a file system that has come on top: it is the new truth.
 */
export async function lookAtFolder({ directory, work, readMounts: mounts = readMounts }: FolderOptions): Promise<FolderState> {
  try {
    const { dev, ino, ...stats } = await stat(directory, { bigint: true })
    if ((stats.mode & 0o170000n) !== 0o040000n) return blocked('ingest_missing', `${directory} is no directory; intake waits until it is one.`)
    const mount_point = mountPointOf(await realpath(directory), await mounts())
    const memoryFile = folderMemory(work)
    const known = await recall(memoryFile)
    if (known?.directory !== directory || mount_point.length > known.mount_point.length) {
      const complaint = await remember(memoryFile, { directory, mount_point })
      if (complaint !== undefined) return blocked('work_unwritable', complaint)
    } else if (mount_point !== known.mount_point) {
      return blocked(
        'ingest_unmounted',
        `${directory} used to lie on a file system mounted at ${known.mount_point}, which is not mounted now; intake goes on by itself when it is. If it is meant to be without, remove ${memoryFile}.`,
      )
    }
    return { fit: true, identity: `${dev}:${ino}` }
  } catch (error) {
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

async function recall(file: string): Promise<Memory | undefined> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as Partial<Memory>
    return typeof value.directory === 'string' && typeof value.mount_point === 'string' ? { directory: value.directory, mount_point: value.mount_point } : undefined
  } catch (error) {
    // A damaged memory is as good as none: it is written anew.
    if (systemCodeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Why it could not be remembered, or undefined. */
async function remember(file: string, memory: Memory): Promise<string | undefined> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await replaceFile(file, `${JSON.stringify(memory)}\n`)
    return undefined
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error
    return `The work area cannot be written (${messageOf(error)}); intake goes on by itself when it can.`
  }
}

function blocked(code: string, message: string): FolderState {
  return { fit: false, problem: { code, message, blocking: true } }
}
