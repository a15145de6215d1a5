import { flushCompileCache } from 'node:module'
import { untilStopped, type Running } from '../lifecycle.ts'
import { createLogger, type Logger } from '../log.ts'
import { isJournal } from '../systemd/journal.ts'
import { systemdNotify } from '../systemd/notify.ts'
import { passedSockets, type PassedSocket } from '../systemd/passed-sockets.ts'
import type { Cli } from './cli.ts'

export interface StartedDaemon extends Running {
  readonly addresses: readonly string[]
}

export interface RunOptions {
  readonly config: string
  readonly logLevel: string
  /** `sockets`: those that systemd holds for it. */
  readonly start: (log: Logger, sockets: readonly PassedSocket[]) => Promise<StartedDaemon>
  /** What it listens for, in words: `2 services`. */
  readonly work: string
}

/** Runs a daemon until it is told to stop; answers its exit code. Throws what keeps it from starting. */
export async function runDaemon(cli: Cli, { config, logLevel, start, work }: RunOptions): Promise<number> {
  const { env } = cli.terminal
  const log = createLogger({ level: logLevel, name: cli.program.command, journal: isJournal(env['JOURNAL_STREAM']) })
  const notify = systemdNotify({ socket: env['NOTIFY_SOCKET'], watchdogUsec: env['WATCHDOG_USEC'], log })
  return untilStopped(
    async () => {
      const daemon = await start(log, await passedSockets(env, process.pid))
      log.info({ addresses: daemon.addresses, config }, `listening on ${daemon.addresses.join(', ')} for ${work}`)
      await notify.ready(`${work}, listening on ${daemon.addresses.join(', ')}`)
      // Otherwise written at the exit, which a daemon may never come to in good order.
      flushCompileCache()
      const watchdog = notify.watch(() => true)
      return {
        async stop() {
          await notify.stopping()
          watchdog[Symbol.dispose]()
          await daemon.stop()
        },
      }
    },
    { log, events: process, exit: (code) => process.exit(code) },
  )
}
