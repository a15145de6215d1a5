import { join } from 'node:path'
import { listen } from '../shared/api/listen.ts'
import { ReplayGuard } from '../shared/auth/replay.ts'
import { readTokens, stopTogether } from '../shared/daemon-parts.ts'
import type { Logger } from '../shared/log.ts'
import type { PassedSocket } from '../shared/systemd/passed-sockets.ts'
import { version } from '../shared/version.ts'
import { createEncoderApi } from './api/api.ts'
import type { EncoderConfig } from './config.ts'
import { errors } from './errors.ts'
import { asJobError } from './jobs/as-job-error.ts'
import { openEngine } from './jobs/engine.ts'
import type { OnJobStep } from './jobs/steps.ts'
import { createEncoderMetrics } from './metrics.ts'
import { problemOf } from './problem-of.ts'

export interface EncoderOptions {
  readonly log: Logger
  /** That systemd holds for it: calls wait in them while it is away. */
  readonly sockets?: readonly PassedSocket[]
  /** Told each step of each job as it is entered, before its first write; tests kill the process there. */
  readonly onStep?: OnJobStep
}

/** A running encoder. */
export interface Encoder {
  /** Where its API can be reached: `127.0.0.1:9441`, `unix:/run/…`. */
  readonly addresses: readonly string[]
  /** Takes no more calls and sources, ends every ffmpeg, and gives the work area free. What was not finished goes on at the next start. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts the encoder: jobs, intake, publishing, API.
 * @throws Problem `config_invalid` (tokens file, addresses), `already_running`, `state_damaged`, `environment` (a full disk, say)
 */
export async function startEncoder(config: EncoderConfig, { log, sockets = [], onStep }: EncoderOptions): Promise<Encoder> {
  // Before anything is touched: a tokens file that cannot be used is a start that should not happen.
  const tokens = await readTokens(config.api.tokens_file, log, errors.configInvalid)
  await using starting = new AsyncDisposableStack()
  const engine = starting.use(await openEngine(config, log, onStep).catch(hostFault))
  const replays = await ReplayGuard.open(join(config.work.directory, 'signed-calls'))
  const metrics = starting.use(createEncoderMetrics(engine.control))
  const api = await createEncoderApi(engine.control, config, { log, tokens, replays, metrics, version: version() })
  const listening = await listen(api, config.api, log, { passed: sockets })

  const stop = stopTogether(listening, starting.move())
  return { addresses: listening.addresses, stop, [Symbol.asyncDispose]: stop }
}

/** A disk that is full or closed is no mistake of this program, and says what to do. */
function hostFault(thrown: unknown): never {
  const error = asJobError(thrown)
  throw error.fault === 'environment' ? problemOf(error, 'The encoder cannot start: ') : thrown
}
