import { basename } from 'node:path'
import { follow } from '../../test/support/server-events.ts'
import type { JobView } from '../../encoder/jobs/contract.ts'
import type { Shown } from '../scenes/scene.ts'
import type { Stage } from '../stage.ts'
import { fetchAsset } from './fetch-asset.ts'

/** A clip on its way through the encoder, while the scenes play. */
export interface MediaRun {
  /** URL that a player opens. */
  readonly url: string
  /** How far it is, in words, at this moment. */
  status(): string
  /** What came of it, once the asset is complete and was fetched whole through Nginx. */
  readonly shown: Promise<Shown>
}

const ENDED = new Set<JobView['state']>(['done', 'failed', 'cancelled'])

/** Adds the file by the command line, and watches it by the event stream and through Nginx. */
export async function encodeBeside({ encoder, url }: Stage, file: string): Promise<MediaRun> {
  const began = performance.now()
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`
  const events = await follow<JobView>('job', encoder)
  const added = await encoder.command('add', file)
  if (added.code !== 0) throw new Error(`greenroom-encoder add ended with ${added.code}: ${added.stderr}`)

  let last: JobView | null = null
  const watch = async (): Promise<Shown> => {
    const lines: string[] = []
    const job = await events.until((job) => {
      if (job.playable_at !== null && last?.playable_at === null) lines.push(`playable through Nginx after ${seconds()}, ${Math.round(job.progress * 100)} % encoded`)
      last = job
      return ENDED.has(job.state)
    })
    await events[Symbol.asyncDispose]()
    if (job.state !== 'done') return { ok: false, lines: [`${job.source.name}: ${job.error?.message ?? job.state}`, job.error?.advice ?? ''] }
    const { objects, bytes, rungs } = await fetchAsset(`${url}/media/${job.asset}`)
    const { chunks } = job
    return {
      ok: chunks.encoded === chunks.planned,
      lines: [
        ...lines,
        `complete after ${seconds()}: ${rungs} video renditions of ${(job.duration_s ?? 0).toFixed(0)} s, ${chunks.encoded} chunks, none encoded twice`,
        `fetched whole through Nginx: ${objects} objects, ${(bytes / 1024 ** 2).toFixed(1)} MiB`,
      ],
    }
  }
  const shown = watch()
  // It is awaited once the scenes are over; until then a rejection is not unhandled.
  shown.catch(() => {})
  return {
    get url() {
      return `${url}/media/${last?.asset ?? basename(file)}/master.m3u8`
    },
    status: () => (last === null ? 'waiting' : `${last.state}, ${Math.round(last.progress * 100)} %${last.speed === null ? '' : `, ${last.speed.toFixed(2)} times real time`}`),
    shown,
  }
}
