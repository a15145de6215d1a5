import type { Operation } from '../switching/operation.ts'
import type { ServiceView } from '../switching/service-view.ts'
import type { Again, Cli, RemoteOptions } from '../../shared/cli/cli.ts'
import type { Client } from '../../shared/cli/client.ts'
import { Interrupted } from '../../shared/cli/interrupted.ts'
import { showProgress } from './progress.ts'
import { changeText } from './render-change.ts'
import { writeJson } from '../../shared/cli/write-json.ts'
import { withAgent } from './with-agent.ts'

export interface ChangeOptions extends RemoteOptions {
  readonly reason?: string
  readonly dryRun?: boolean
  readonly force?: boolean
  readonly ifRevision?: number
}

export interface Change {
  readonly service: string
  readonly method: 'POST' | 'PUT'
  /** Below `/v1/services/:service`. */
  readonly path: string
  /** What is asked for; the common members are added. */
  readonly body: Readonly<Record<string, unknown>>
  /** What is so once it has succeeded: `green is live`. */
  done(operation: Operation): string
  /** Lines on what may be typed next. */
  next(operation: Operation, again: Again): readonly string[]
}

async function runningId(client: Client, service: string): Promise<string | null> {
  try {
    return (await client.call<ServiceView>('GET', `/v1/services/${service}`, { patience: 2000 })).body.operation
  } catch {
    // Only to name it; without, the way to look for it is told.
    return null
  }
}

async function interruption(client: Client, service: string, known: string | null, again: Again): Promise<Interrupted> {
  const id = known ?? (await runningId(client, service))
  return new Interrupted(
    id === null
      ? `No longer waiting. If the operation had begun, the agent goes on with it; see: ${again(`operations --service ${service}`)}`
      : `No longer waiting; the agent goes on with operation ${id}. See how it ends: ${again(`operations ${id}`)}`,
  )
}

/** Asks for one change, shows how it goes on a terminal, and tells how it ended. */
export async function requestChange(cli: Cli, options: ChangeOptions, change: Change): Promise<void> {
  const { service, method, path } = change
  const { out, err } = cli.terminal
  const json = options.json === true
  await withAgent(cli, options, service, async (client, again) => {
    const name = encodeURIComponent(service)
    const progress = await showProgress(client, service, err)
    const controller = new AbortController()
    const { promise: interrupted, reject: interrupt } = Promise.withResolvers<never>()
    const ignoreInterrupts = cli.terminal.onInterrupt(() => {
      void interruption(client, name, progress.id, again).then(interrupt)
    })
    try {
      const answer = await Promise.race([
        interrupted,
        client.call<Operation>(method, `/v1/services/${name}${path}`, {
          patience: 0,
          signal: controller.signal,
          headers: options.ifRevision === undefined ? {} : { 'if-match': `"${options.ifRevision}"` },
          body: {
            ...change.body,
            ...(options.reason === undefined ? {} : { reason: options.reason }),
            ...(options.dryRun === true ? { dry_run: true } : {}),
            ...(options.force === true ? { force: true } : {}),
          },
        }),
      ])
      progress.stop()
      if (json) writeJson(cli, answer.text)
      else out.write(changeText(answer.body, change.done(answer.body), change.next(answer.body, again), out.style))
    } finally {
      ignoreInterrupts()
      progress.stop()
      controller.abort()
    }
  })
}
