import { mkdir, readFile, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { replaceFile } from '../shared/files/atomic.ts'
import { messageOf, systemCodeOf } from '../shared/errors/problem.ts'
import { mountPointOf, readMounts } from './mounts.ts'

interface Memory {
  readonly directory: string
  readonly mount_point: string
}

export interface MountOptions {
  readonly directory: string
  /** File that remembers where it was mounted. */
  readonly memory: string
  readonly readMounts?: (() => Promise<string>) | undefined
}

/** `missing`: the mount point that the directory was on, and is not any more. */
export type MountState = { readonly missing: null } | { readonly missing: string }

/** The memory cannot be written. */
export class MemoryUnwritable extends Error {
  override readonly name = 'MemoryUnwritable'
}

/**
 * Whether a directory lies on the file system that it was on. An unmounted one leaves an empty directory behind that
 * looks like «all is gone», and what is written there vanishes under the next mount: so a directory that lies higher up
 * than before is not to be touched. A deeper one is a file system that has come on top: it is the new truth.
 */
export async function lookAtMount({ directory, memory, readMounts: mounts = readMounts }: MountOptions): Promise<MountState> {
  const mount_point = mountPointOf(await realpath(directory), await mounts())
  const known = await recall(memory)
  if (known?.directory !== directory || mount_point.length > known.mount_point.length) await remember(memory, { directory, mount_point })
  else if (mount_point !== known.mount_point) return { missing: known.mount_point }
  return { missing: null }
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

async function remember(file: string, memory: Memory): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await replaceFile(file, `${JSON.stringify(memory)}\n`)
  } catch (error) {
    throw new MemoryUnwritable(messageOf(error), { cause: error })
  }
}
