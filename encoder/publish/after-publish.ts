import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../shared/log.ts'
import { messageOf } from '../../shared/errors/problem.ts'
import { describeFailure } from '../../shared/http/failure.ts'
import { request } from '../../shared/http/request.ts'
import { readTrust } from '../../shared/http/trust.ts'
import type { EncoderConfig } from '../config.ts'
import { Change } from './change.ts'
import { DEFAULT_BACKOFF, type Backoff } from './gate.ts'
import { runHook } from './hook-command.ts'
import type { NoticeLedger, NoticeRow } from './ledger/notices.ts'
import type { OnPublishStep } from './steps.ts'

export type AfterPublishConfig = NonNullable<EncoderConfig['after_publish']>

/** What program or URL are told: the pointer objects that changed, as one list, with their keys in the store. */
export interface PointersChanged {
  readonly event: 'pointers_changed'
  readonly pointers: readonly { readonly asset: string; readonly key: string; readonly version: string | null; readonly changed_at: string }[]
}

export interface AfterPublishParts {
  readonly config: AfterPublishConfig
  readonly notices: NoticeLedger
  /** The store's own prefix, with the slash at its end; keys in the list begin with it. */
  readonly prefix: string
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly onStep: OnPublishStep
  readonly backoff?: Backoff | undefined
}

/** Changes that are told in one call. */
const AT_ONCE = 500

/** Tells of changed pointers, at least once each, in their order; retried until it works, over restarts too. */
export class AfterPublish {
  readonly #parts: AfterPublishParts
  readonly #stop = new AbortController()
  readonly #change = new Change()
  readonly #told = new Change()
  readonly #running: Promise<void>

  constructor(parts: AfterPublishParts) {
    this.#parts = parts
    this.#running = this.#run()
  }

  wake(): void {
    this.#change.tell()
  }

  /** Resolves when nobody waits to be told. */
  async idle(): Promise<void> {
    while (this.#parts.notices.waiting() > 0 && !this.#stop.signal.aborted) await this.#told.wait(this.#stop.signal)
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the publisher is stopping'))
    await this.#running
  }

  async #run(): Promise<void> {
    const { notices, log, onStep, backoff = DEFAULT_BACKOFF } = this.#parts
    const { signal } = this.#stop
    for (let failures = 0; !signal.aborted; ) {
      try {
        const due = notices.oldest(AT_ONCE)
        const last = due.at(-1)
        if (last === undefined) {
          await this.#change.wait(signal)
          continue
        }
        onStep('notice', last.asset)
        await tell(this.#parts.config, JSON.stringify(listed(due, this.#parts.prefix)), signal)
        onStep('noticed', last.asset)
        notices.told(last.id)
        this.#told.tell()
        if (failures > 0) log.info('after_publish works again')
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        if (failures === 1) log.warn({ err: error }, `after_publish failed and is tried again: ${messageOf(error)}`)
        await delay(Math.min(backoff.most, backoff.first * 2 ** Math.min(failures - 1, 30)), undefined, { signal }).catch(() => {})
      }
    }
  }
}

/** Each pointer once, with its last change. */
export function listed(notices: readonly NoticeRow[], prefix: string): PointersChanged {
  const byKey = new Map<string, PointersChanged['pointers'][number]>()
  for (const { asset, version, keys, changed_at } of notices) {
    for (const key of keys) byKey.set(key, { asset, key: prefix + key, version, changed_at })
  }
  return { event: 'pointers_changed', pointers: [...byKey.values()] }
}

async function tell({ command, url, secret_file: secretFile, ca_file: caFile, timeout }: AfterPublishConfig, body: string, signal: AbortSignal): Promise<void> {
  if (command !== undefined) await runHook({ command, body, timeout, signal })
  if (url === undefined) return
  const secret = secretFile === undefined ? undefined : (await readFile(secretFile, 'utf8')).trim()
  const trust = url.startsWith('https:') ? await readTrust(caFile) : undefined
  const headers = { 'content-type': 'application/json', ...(secret === undefined ? {} : { 'greenroom-signature': signature(secret, body, Math.floor(Date.now() / 1000)) }) }
  const { status } = await request({ url, method: 'POST', headers, content: body, trust, timeout }, signal).catch((error: unknown) => {
    throw new Error(`${url}: ${describeFailure(error)}`, { cause: error })
  })
  if (status < 200 || status > 299) throw new Error(`${url} answered ${status}`)
}

/** `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">` */
export function signature(secret: string, body: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}
