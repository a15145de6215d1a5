import { stat } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { directoryFinding } from '../../../shared/doctor/directory.ts'
import type { Check } from '../host.ts'

/** Bytes: below the first a switch may fail to be journaled, below the second it is time to act. */
const SPACE = { tooLittle: 16 * 2 ** 20, little: 256 * 2 ** 20 }

/** Directories that the agent writes exist or can be made, belong to one user, and have room. */
export const checkStorage: Check = async ({ config, uid }) => {
  const directories = { state_dir: config.state_dir, 'nginx.include_dir': config.nginx.include_dir, 'nginx.routes_dir': config.nginx.routes_dir }
  const owner = existsSync(config.state_dir) ? (await stat(config.state_dir)).uid : uid
  return Promise.all(Object.entries(directories).map(async ([setting, path]) => directoryFinding(setting, path, owner, 'agent', SPACE)))
}
