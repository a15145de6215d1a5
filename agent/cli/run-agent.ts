import type { Cli, CommonOptions } from '../../shared/cli/cli.ts'
import { runDaemon } from '../../shared/cli/run-daemon.ts'
import { count } from '../../shared/cli/words.ts'
import { startAgent } from '../agent.ts'
import { loadConfigurationForHere } from './load-config.ts'

/** Runs the agent until it is told to stop; answers its exit code. Throws what keeps it from starting. */
export async function runAgent(cli: Cli, { config: file }: CommonOptions): Promise<number> {
  const config = await loadConfigurationForHere(file)
  const work = count(Object.keys(config.services).length, 'service')
  return runDaemon(cli, { config: file, logLevel: config.log_level, work, start: (log, sockets) => startAgent(config, { log, sockets }) })
}
