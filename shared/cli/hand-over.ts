import { constants } from 'node:fs'
import { lchown, lstat, open, readdir } from 'node:fs/promises'
import { systemCodeOf } from '../errors/problem.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** The user that the daemon runs as: it owns its state directory. Null for root, and where there is none yet. */
export async function daemonOwner(stateDir: string): Promise<Owner | null> {
  try {
    const { uid, gid } = await lstat(stateDir)
    return uid === 0 ? null : { uid, gid }
  } catch {
    // No state directory: no daemon has run here, so there is nobody to hand anything to.
    return null
  }
}

/**
 * Gives what root made at or below `path` to the user of the daemon, who could not change or remove it otherwise.
 * Does nothing unless this is root and the daemon is not, nor where there is nothing. `except`: names directly in it that stay.
 */
export async function handOver(path: string, owner: Owner | null, except: readonly string[] = []): Promise<void> {
  if (owner === null || process.getuid?.() !== 0) return
  try {
    await giveTo(path, owner, except)
  } catch (error) {
    // Removed meanwhile, or never made.
    if (systemCodeOf(error) !== 'ENOENT') throw error
  }
}

async function giveTo(path: string, owner: Owner, except: readonly string[]): Promise<void> {
  const facts = await lstat(path)
  // A hard link with content could be a file of somebody else’s; the markers, which are hard links, are empty.
  if (facts.uid === 0 && (facts.isDirectory() || facts.nlink === 1 || facts.size === 0)) await lchown(path, owner.uid, owner.gid)
  if (!facts.isDirectory()) return
  // The directory is the daemon’s, who could put a link to /etc in its place between two steps: walked by descriptor, it cannot lead out.
  await using directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  const here = `/proc/self/fd/${directory.fd}`
  for (const name of await readdir(here)) if (!except.includes(name)) await handOver(`${here}/${name}`, owner)
}
