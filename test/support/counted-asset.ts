import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkAsset, type AssetSummary } from './asset-check.ts'
import { readBeeps, readCounter, type Media } from './media/read-counter.ts'

interface Described {
  readonly state: string
  readonly version: string
  readonly video: readonly { readonly id: string; readonly playlist: string }[]
  readonly audio: readonly { readonly id: string; readonly playlist: string }[]
}

export interface CountedAsset {
  readonly summary: AssetSummary
  readonly version: string
  /** Numbers that the pictures of each rung show, in order of decoding. */
  readonly numbers: Readonly<Record<string, readonly number[]>>
  /** Seconds at which each sound beeps. */
  readonly beeps: Readonly<Record<string, readonly number[]>>
}

/** Checks a published asset of a counter clip in the directory store, and reads every frame of every rung. */
export async function countAsset(media: string, asset: string): Promise<CountedAsset> {
  const base = join(media, asset)
  const summary = await checkAsset(base)
  const described = JSON.parse(await readFile(join(base, 'asset.json'), 'utf8')) as Described
  const numbers: Record<string, readonly number[]> = {}
  const beeps: Record<string, readonly number[]> = {}
  for (const { id, playlist } of described.video) numbers[id] = await readCounter(await mediaOf(base, playlist))
  for (const { id, playlist } of described.audio) beeps[id] = await readBeeps(await mediaOf(base, playlist))
  return { summary, version: described.version, numbers, beeps }
}

/** The files that a media playlist names. */
async function mediaOf(base: string, playlist: string): Promise<Media> {
  const text = await readFile(join(base, playlist), 'utf8')
  const at = (url: string) => join(base, dirname(playlist), url)
  const init = /#EXT-X-MAP:URI="([^"]+)"/.exec(text)?.[1]
  if (init === undefined) throw new Error(`${playlist} names no initialisation segment`)
  return { init: at(init), segments: text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map(at) }
}
