import type { Logger } from './log.ts'
import { messageOf } from './errors/problem.ts'

/** Something that runs until it is stopped. */
export interface Running {
  /** Ends it gracefully: what is under way is finished, what is open is closed. */
  stop(): Promise<void>
}

/** The part of `process` that this needs; given by the edge of the program, which alone handles signals. */
export interface ProcessEvents {
  on(event: string, listener: (argument: unknown) => void): unknown
  off(event: string, listener: (argument: unknown) => void): unknown
}

export interface LifecycleOptions {
  readonly log: Pick<Logger, 'info' | 'warn' | 'fatal'>
  readonly events: ProcessEvents
  /** Ends the process at once; called only for a second signal and after a fatal error. */
  readonly exit: (code: number) => void
}

export const STOP_SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const
type StopSignal = keyof typeof STOP_SIGNALS

/**
 * Starts something and waits for SIGTERM or SIGINT; answers the exit code of the process.
 *
 * The first signal stops it gracefully (0; 1 when stopping fails); it is heeded also while it is still starting. A
 * second one exits at once with 128 + its number. An uncaught error or an unhandled rejection is logged and exits at
 * once with 1: what is in memory can no longer be trusted, and what is on disk is made for that. What `start` throws
 * is thrown on.
 */
export async function untilStopped(start: () => Promise<Running>, options: LifecycleOptions): Promise<number> {
  const { log, events, exit } = options
  const { promise: stopAsked, resolve: askToStop } = Promise.withResolvers<StopSignal>()
  let signals = 0

  const onSignal = (name: unknown) => {
    const signal = name as StopSignal
    signals += 1
    if (signals > 1) {
      log.warn(`second signal (${signal}): exiting at once`)
      exit(128 + STOP_SIGNALS[signal])
    } else askToStop(signal)
  }
  const onFatal = (error: unknown) => {
    log.fatal({ err: error }, `an error that nobody handled: ${messageOf(error)}`)
    exit(1)
  }
  const listeners = { SIGTERM: onSignal, SIGINT: onSignal, uncaughtException: onFatal, unhandledRejection: onFatal }
  for (const [event, listener] of Object.entries(listeners)) events.on(event, listener)
  try {
    const running = await start()
    const signal = await stopAsked
    log.info(`${signal}: stopping`)
    try {
      await running.stop()
    } catch (error) {
      log.fatal({ err: error }, `stopping failed: ${messageOf(error)}`)
      return 1
    }
    log.info('stopped')
    return 0
  } finally {
    for (const [event, listener] of Object.entries(listeners)) events.off(event, listener)
  }
}
