import { execa } from 'execa'
import { messageOf } from '../errors/problem.ts'
import type { Logger } from '../log.ts'

export interface NotifyOptions {
  /** NOTIFY_SOCKET of the environment; undefined when systemd did not start us: then nothing is told to anybody. */
  readonly socket: string | undefined
  /** WATCHDOG_USEC of the environment: systemd kills us unless it hears from us this often. */
  readonly watchdogUsec?: string | undefined
  readonly log: Pick<Logger, 'warn'>
  /** Program of systemd; Node itself cannot send to a unix datagram socket. */
  readonly program?: string
}

/** What a service tells systemd of itself. A message that cannot be sent is logged, and never an error. */
export interface Notify {
  ready(status?: string): Promise<void>
  /** One line that `systemctl status` shows. */
  status(text: string): Promise<void>
  stopping(): Promise<void>
  /** Sends WATCHDOG=1 twice per interval while `healthy` says so; systemd restarts us when it no longer does. */
  watch(healthy: () => boolean): Disposable
}

function line(status: string): string {
  return `STATUS=${status.replaceAll(/\s+/g, ' ')}`
}

/** The unit needs `NotifyAccess=all`: it is a child of ours that speaks to systemd. */
export function systemdNotify({ socket, watchdogUsec, log, program = 'systemd-notify' }: NotifyOptions): Notify {
  // One after the other, so that systemd never reads STOPPING before READY.
  let last: Promise<void> = Promise.resolve()

  const send = (...assignments: string[]): Promise<void> => {
    if (socket === undefined || socket === '') return Promise.resolve()
    const run = async () => {
      try {
        await execa(program, assignments, { env: { NOTIFY_SOCKET: socket }, timeout: 5000, stdin: 'ignore' })
      } catch (error) {
        log.warn({ err: error }, `systemd could not be told ${assignments.join(' ')}: ${messageOf(error)}`)
      }
    }
    last = last.then(run)
    return last
  }

  return {
    ready: (status) => send('READY=1', ...(status === undefined ? [] : [line(status)])),
    status: (text) => send(line(text)),
    stopping: () => send('STOPPING=1'),
    watch(healthy) {
      const interval = Number(watchdogUsec ?? 0) / 1000 / 2
      if (!(interval > 0) || socket === undefined) return { [Symbol.dispose]() {} }
      const timer = setInterval(() => {
        if (healthy()) void send('WATCHDOG=1')
      }, interval)
      timer.unref()
      return { [Symbol.dispose]: () => clearInterval(timer) }
    },
  }
}
