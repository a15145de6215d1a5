import type { Cli, CommonOptions } from '../../shared/cli/cli.ts'
import { runDaemon } from '../../shared/cli/run-daemon.ts'
import { describeFault } from '../../shared/config/fault.ts'
import { checkMachine } from '../config-machine.ts'
import { startEncoder } from '../encoder.ts'
import { loadConfiguration } from './load-config.ts'

/**
 * Runs the encoder until it is told to stop; answers its exit code. Throws what keeps it from starting. What this host
 * lacks does not, and is told in the log: it waits for a folder to be mounted, a program to be installed, a store to answer.
 */
export async function runEncoder(cli: Cli, { config: file }: CommonOptions): Promise<number> {
  const config = await loadConfiguration(file)
  return runDaemon(cli, {
    config: file,
    logLevel: config.log_level,
    work: `sources in ${config.ingest.directory}`,
    start: async (log, sockets) => {
      for (const fault of await checkMachine(config)) log.warn(describeFault(file, fault))
      return startEncoder(config, { log, sockets })
    },
  })
}
