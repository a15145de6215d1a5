import { schedule } from 'node-cron'
import { messageOf } from '../../shared/errors/problem.ts'
import type { Logger } from '../../shared/log.ts'
import type { HousekeepingReport, HousekeepingTask } from './task.ts'

export interface Housekeeping {
  /** Runs a task now, or joins the run that is under way. Throws what it throws. */
  run(name: string, options?: { readonly dryRun?: boolean }): Promise<HousekeepingReport>
  /** When each is due next, RFC 3339. */
  due(): readonly { readonly name: string; readonly at: string | null }[]
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Runs each task when its cron line says so (UTC), never twice at a time. A run that fails is told in the log and made up for by the next. */
export function startHousekeeping(tasks: readonly HousekeepingTask[], log: Pick<Logger, 'info' | 'warn' | 'error'>): Housekeeping {
  const stopping = new AbortController()
  const running = new Map<string, Promise<HousekeepingReport>>()

  function begin(task: HousekeepingTask, dryRun: boolean): Promise<HousekeepingReport> {
    stopping.signal.throwIfAborted()
    const key = dryRun ? `${task.name} (dry run)` : task.name
    const under = running.get(key)
    if (under !== undefined) return under
    const run = task.run(stopping.signal, { dryRun }).finally(() => running.delete(key))
    running.set(key, run)
    return run
  }

  async function due(task: HousekeepingTask): Promise<void> {
    try {
      const { summary, attention, details } = await begin(task, false)
      log[attention ? 'warn' : 'info']({ task: task.name, ...(attention ? { details } : {}) }, `housekeeping: ${task.name}: ${summary}`)
    } catch (error) {
      if (!stopping.signal.aborted) log.error({ err: error, task: task.name }, `housekeeping: ${task.name} failed and is tried again at its next time: ${messageOf(error)}`)
    }
  }

  const quiet = { info() {}, debug() {}, warn: (message: string) => log.warn(message), error: (message: string | Error) => log.error(messageOf(message)) }
  const scheduled = tasks.map((task) => schedule(task.cron, () => due(task), { name: task.name, timezone: 'UTC', noOverlap: true, logger: quiet }))
  let stopped: Promise<void> | null = null

  const housekeeping: Housekeeping = {
    async run(name, { dryRun = false } = {}) {
      const task = tasks.find((one) => one.name === name)
      if (task === undefined) throw new RangeError(`there is no task ${name}: there are ${tasks.map((one) => one.name).join(', ')}`)
      return begin(task, dryRun)
    },
    due: () => scheduled.map((task) => ({ name: task.name ?? '', at: task.getNextRun()?.toISOString() ?? null })),
    stop() {
      stopped ??= (async () => {
        stopping.abort(new Error('the encoder is stopping'))
        for (const task of scheduled) await task.destroy()
        await Promise.allSettled(running.values())
      })()
      return stopped
    },
    [Symbol.asyncDispose]: () => housekeeping.stop(),
  }
  return housekeeping
}
