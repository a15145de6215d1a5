import { lchown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** The user that the agent runs as: it owns its state directory. Null for root, and where there is none yet. */
export async function agentOwner(stateDir: string): Promise<Owner | null> {
  try {
    const { uid, gid } = await lstat(stateDir)
    return uid === 0 ? null : { uid, gid }
  } catch {
    // No state directory: no agent has run here, so there is nobody to hand anything to.
    return null
  }
}

/**
 * Gives what root made below `path` to the user of the agent, who could not change or remove it otherwise.
 * Does nothing unless this is root and the agent is not.
 */
export async function handOver(path: string, owner: Owner | null): Promise<void> {
  if (owner === null || process.getuid?.() !== 0) return
  const facts = await lstat(path)
  if (facts.uid === 0) await lchown(path, owner.uid, owner.gid)
  if (facts.isDirectory()) for (const name of await readdir(path)) await handOver(join(path, name), owner)
}
