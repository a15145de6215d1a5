import { join } from 'node:path'
import { ReplayGuard } from '../shared/auth/replay.ts'
import { readTokens, stopTogether } from '../shared/daemon-parts.ts'
import type { Logger } from '../shared/log.ts'
import type { PassedSocket } from '../shared/systemd/passed-sockets.ts'
import { createApi } from './api/api.ts'
import { listen } from '../shared/api/listen.ts'
import type { AgentConfig } from './config.ts'
import { errors } from './errors.ts'
import { createMetrics } from './metrics.ts'
import { findMaster } from './nginx/process/master.ts'
import { lingeringWorkers } from './nginx/process/workers.ts'
import { openSwitching, type OnStep } from './switching/open.ts'
import { version } from '../shared/version.ts'

export interface AgentOptions {
  readonly log: Logger
  /** That systemd holds for it: calls wait in them while it is away. */
  readonly sockets?: readonly PassedSocket[]
  /** Told each step of each operation as it is entered. */
  readonly onStep?: OnStep
}

/** A running agent. */
export interface Agent {
  /** Where its API can be reached: `127.0.0.1:9440`, `unix:/run/…`. */
  readonly addresses: readonly string[]
  /** Takes no more calls, ends waiting gates, lets a change that has begun finish, and gives the state directory free. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts the agent: operations, credentials, metrics, API.
 * @throws Problem `config_invalid` (tokens file, addresses), `already_running`, `state_damaged`, `storage_failed`
 */
export async function startAgent(config: AgentConfig, { log, sockets = [], onStep }: AgentOptions): Promise<Agent> {
  // Before anything is touched: a tokens file that cannot be used is a start that should not happen.
  const tokens = await readTokens(config.api.tokens_file, log, errors.configInvalid)
  await using starting = new AsyncDisposableStack()
  const switching = starting.use(await openSwitching(config, log, onStep === undefined ? {} : { onStep }))
  const replays = await ReplayGuard.open(join(config.state_dir, 'signed-calls'))
  const metrics = starting.use(createMetrics(switching, { lingeringWorkers: async () => countLingering(config.nginx.pid_file) }))
  const api = await createApi(switching, config, { log, tokens, replays, metrics, version: version() })
  const listening = await listen(api, config.api, log, { passed: sockets })

  const stop = stopTogether(listening, starting.move())
  return { addresses: listening.addresses, stop, [Symbol.asyncDispose]: stop }
}

async function countLingering(pidFile: string): Promise<number> {
  const master = await findMaster(pidFile)
  return master === null ? 0 : (await lingeringWorkers(master)).length
}
