import { existsSync } from 'node:fs'
import { daemonOwner, handOver } from '../../shared/cli/hand-over.ts'
import { RECORDS } from '../adopt/record.ts'
import type { AgentConfig } from '../config.ts'

/**
 * Does what an agent would do, and gives what root made meanwhile to the agent's user. Not the records of adoptions:
 * root writes files by them, so that whoever owns the agent must not be able to.
 */
export async function asAgentsUser<T>({ state_dir, nginx }: AgentConfig, work: () => Promise<T>): Promise<T> {
  const owner = await daemonOwner(state_dir)
  try {
    return await work()
  } finally {
    for (const directory of [state_dir, nginx.routes_dir, nginx.include_dir])
      if (existsSync(directory)) await handOver(directory, owner, directory === state_dir ? [RECORDS] : [])
  }
}
