import { flushCompileCache } from 'node:module'
import { untilStopped } from '../../shared/lifecycle.ts'
import { createLogger } from '../../shared/log.ts'
import { systemdNotify } from '../../shared/systemd/notify.ts'
import { startAgent } from '../agent.ts'
import type { Cli, CommonOptions } from './cli.ts'
import { loadConfigurationForHere } from './load-config.ts'
import { count } from './words.ts'

/** Runs the agent until it is told to stop; answers its exit code. Throws what keeps it from starting. */
export async function runAgent(cli: Cli, { config: file }: CommonOptions): Promise<number> {
  const { env } = cli.terminal
  const config = await loadConfigurationForHere(file)
  const log = createLogger({ level: config.log_level, name: 'greenroom-agent' })
  const notify = systemdNotify({ socket: env['NOTIFY_SOCKET'], watchdogUsec: env['WATCHDOG_USEC'], log })
  return untilStopped(
    async () => {
      const agent = await startAgent(config, { log })
      const services = count(Object.keys(config.services).length, 'service')
      log.info({ addresses: agent.addresses, config: file }, `listening on ${agent.addresses.join(', ')} for ${services}`)
      await notify.ready(`${services}, listening on ${agent.addresses.join(', ')}`)
      // Otherwise written at the exit, which a daemon may never come to in good order.
      flushCompileCache()
      const watchdog = notify.watch(() => true)
      return {
        async stop() {
          await notify.stopping()
          watchdog[Symbol.dispose]()
          await agent.stop()
        },
      }
    },
    { log, events: process, exit: (code) => process.exit(code) },
  )
}
