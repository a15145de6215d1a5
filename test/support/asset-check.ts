import { assetObjects, hashInName, sha256, type AssetObjects } from './asset-check/objects.ts'
import { checkPictures } from './asset-check/pictures.ts'
import { readManifest } from './asset-check/manifest.ts'
import { readMaster, readMedia, type ReadMaster } from './asset-check/playlists.ts'
import { checkRendition, type CheckedRendition } from './asset-check/rendition.ts'

export interface AssetCheckOptions {
  readonly ffmpeg?: string
  /** Decode every rendition, by default; else only names, hashes, boxes and times are looked at. */
  readonly decode?: boolean
  /** Also the headers that the store or Nginx must send: content types, and what may be cached for how long. Needs a URL. */
  readonly headers?: boolean
}

export interface AssetSummary {
  readonly state: string
  readonly version: string
  /** Of the longest rendition; `dash` is null while the asset is encoding. */
  readonly duration_s: { readonly hls: number; readonly dash: number | null; readonly described: number }
  /** In the order of asset.json: video, then audio. */
  readonly renditions: readonly CheckedRendition[]
  /** Cues of each caption track. */
  readonly captions: readonly { readonly id: string; readonly language: string; readonly cues: number }[]
  /** Tiles of the storyboard; 0 without one. */
  readonly tiles: number
  /** Paths of all objects that the pointers lead to, themselves included: what may lie in the store for this version. */
  readonly objects: readonly string[]
}

interface Described {
  readonly state: string
  readonly version: string
  readonly duration_s: number
  readonly video: readonly { readonly id: string; readonly playlist: string; readonly width: number; readonly height: number; readonly codecs: string; readonly bandwidth: number; readonly average_bandwidth: number }[]
  readonly audio: readonly { readonly id: string; readonly playlist: string; readonly codecs: string; readonly bandwidth: number; readonly average_bandwidth: number }[]
  readonly captions: readonly { readonly id: string; readonly language: string; readonly file: string; readonly playlist: string }[]
  readonly poster: string | null
  readonly storyboard: string | null
}

/**
 * Reads an asset as a stranger would, without any code of the encoder: every pointer, playlist and manifest by parsers
 * that are not ours, every object they name, all boxes, every frame. `base`: its folder (`<store>/<asset>`) or URL.
 * Throws an error that lists all that is wrong.
 */
export async function checkAsset(base: string, { ffmpeg = '/usr/bin/ffmpeg', decode = true, headers = false }: AssetCheckOptions = {}): Promise<AssetSummary> {
  const faults: string[] = []
  const objects = assetObjects(base)
  const described = JSON.parse(await objects.text('asset.json')) as Described
  const ready = described.state === 'ready'
  const master = readMaster('master.m3u8', await objects.text('master.m3u8'))

  const renditions: CheckedRendition[] = []
  for (const [kind, entries] of [['video', described.video], ['audio', described.audio]] as const) {
    for (const { id, playlist, codecs, bandwidth, average_bandwidth } of entries) {
      const media = readMedia(playlist, await objects.text(playlist))
      if (media.ended !== ready || media.type !== (ready ? 'VOD' : 'EVENT')) faults.push(`${playlist} is ${media.type}${media.ended ? ' and ended' : ''} while the asset is ${described.state}`)
      const rendition = await checkRendition(objects, media, kind, { ffmpeg, decode }, faults)
      const average = (rendition.bytes * 8) / rendition.duration_s
      if (Math.abs(average_bandwidth - average) > 1) faults.push(`${id}: average bandwidth ${average_bandwidth}, measured ${average}`)
      if (bandwidth < average_bandwidth) faults.push(`${id}: bandwidth ${bandwidth} is below its average ${average_bandwidth}`)
      // AAC's object type stands in both spellings; for pictures every character counts.
      if (kind === 'video' && codecs !== rendition.codec) faults.push(`${id}: codecs ${codecs}, boxes say ${rendition.codec}`)
      renditions.push(rendition)
    }
  }
  checkBoundaries(renditions.filter(({ kind }) => kind === 'video'), faults)
  checkMaster(master, described, faults)
  if (ready) for (const { path } of master.iframes) await checkIframes(objects, path, renditions, faults)
  const hls = Math.max(...renditions.map(({ duration_s }) => duration_s))
  const dash = ready ? await checkManifest(objects, renditions, described, faults) : null
  if (!ready && (await objects.has('manifest.mpd'))) faults.push('there is a manifest.mpd while the asset is encoding')
  if (dash !== null && Math.abs(dash - hls) > 1e-5) faults.push(`HLS lasts ${hls} s, DASH ${dash} s`)
  if (ready && Math.abs(described.duration_s - hls) > 1e-3) faults.push(`asset.json says ${described.duration_s} s, the media lasts ${hls} s`)
  const captions = await checkCaptions(objects, described, faults)
  const tiles = await checkPictures(objects, described, ffmpeg, faults)
  await checkNames(objects, described.version, faults)
  if (headers) checkHeaders(objects, faults)

  if (faults.length > 0) throw new Error(`the asset at ${base} is not right:\n${faults.map((fault) => `- ${fault}`).join('\n')}`)
  return { state: described.state, version: described.version, duration_s: { hls, dash, described: described.duration_s }, renditions, captions, tiles, objects: [...objects.seen.keys()].toSorted() }
}

function checkBoundaries([first, ...others]: readonly CheckedRendition[], faults: string[]): void {
  const boundaries = (rendition: CheckedRendition | undefined) => (rendition?.fragments ?? []).map(({ start, duration, timescale, samples }) => `${start}+${duration}/${timescale}:${samples}`).join(' ')
  for (const other of others) {
    if (boundaries(other) !== boundaries(first)) faults.push(`${other.id} is cut otherwise than ${first?.id ?? ''}`)
  }
}

/** The master names the very playlists of asset.json. */
function checkMaster(master: ReadMaster, described: Described, faults: string[]): void {
  const sorted = (paths: readonly string[]) => [...new Set(paths)].toSorted().join(' ')
  const named = [...master.variants, ...master.audio, ...master.captions].flatMap(({ path }) => path ?? [])
  const expected = [...described.video, ...described.audio, ...described.captions].map(({ playlist }) => playlist)
  if (sorted(named) !== sorted(expected)) faults.push(`the master names ${sorted(named)}, asset.json ${sorted(expected)}`)
  for (const { path, bandwidth, average, resolution } of master.variants) {
    if (bandwidth < average) faults.push(`variant ${path}: BANDWIDTH ${bandwidth} is below AVERAGE-BANDWIDTH ${average}`)
    const video = described.video.find(({ playlist }) => playlist === path)
    if (video !== undefined && resolution !== `${video.width}x${video.height}`) faults.push(`variant ${path}: RESOLUTION ${resolution}, asset.json ${video.width}x${video.height}`)
  }
}

/** Each byte range is exactly the fragment’s header and its key frame. */
async function checkIframes(objects: AssetObjects, path: string, renditions: readonly CheckedRendition[], faults: string[]): Promise<void> {
  const media = readMedia(path, await objects.text(path))
  const rendition = renditions.find(({ id }) => media.segments[0]?.path.includes(`/${id}/`))
  if (rendition === undefined || rendition.segments !== media.segments.length) faults.push(`${path} has ${media.segments.length} key frames, its rendition ${rendition?.segments ?? 0} segments`)
  for (const [number, { range }] of media.segments.entries()) {
    const expected = rendition?.fragments[number]?.keyRange
    if (range === null || range.offset !== expected?.offset || range.length !== expected.length) faults.push(`${path} key frame ${number}: range ${JSON.stringify(range)}, boxes say ${JSON.stringify(expected)}`)
  }
}

async function checkManifest(objects: AssetObjects, renditions: readonly CheckedRendition[], described: Described, faults: string[]): Promise<number> {
  const { duration, representations } = readManifest('manifest.mpd', await objects.text('manifest.mpd'))
  for (const rendition of renditions) {
    const found = representations.find(({ id }) => id === rendition.id)
    const media = readMedia(rendition.playlist, await objects.text(rendition.playlist))
    const paths = (segments: readonly { readonly path: string }[] | undefined) => (segments ?? []).map(({ path }) => path).join(' ')
    if (found?.init !== media.init || paths(found?.segments) !== paths(media.segments)) faults.push(`HLS and DASH name other segments of ${rendition.id}`)
    for (const [number, { start, duration: length }] of (found?.segments ?? []).entries()) {
      const fragment = rendition.fragments[number]
      if (fragment === undefined || start !== fragment.start / fragment.timescale || length !== fragment.duration / fragment.timescale) faults.push(`the MPD’s time of ${rendition.id} segment ${number} is not that of its boxes`)
    }
  }
  const texts = representations.filter(({ contentType }) => contentType === 'text').map(({ file }) => file)
  if (texts.join(' ') !== described.captions.map(({ file }) => file).join(' ')) faults.push(`the MPD’s captions are ${texts.join(' ')}`)
  if (representations.length !== renditions.length + described.captions.length) faults.push(`the MPD has ${representations.length} representations`)
  return duration
}

async function checkCaptions(objects: AssetObjects, described: Described, faults: string[]): Promise<AssetSummary['captions']> {
  return Promise.all(
    described.captions.map(async ({ id, language, file, playlist }) => {
      const media = readMedia(playlist, await objects.text(playlist))
      if (!media.ended || media.segments.length !== 1 || media.segments[0]?.path !== file) faults.push(`the playlist ${playlist} is not the one whole file ${file}`)
      const text = await objects.text(file)
      if (!/^WEBVTT[\n ]/.test(text)) faults.push(`${file} is not WebVTT`)
      return { id, language, cues: [...text.matchAll(/^[\d:.]+ --> [\d:.]+/gm)].length }
    }),
  )
}

/** Everything but pointers and growing playlists holds the hash of its content in its name, and lies in the folder of the version. */
async function checkNames(objects: AssetObjects, version: string, faults: string[]): Promise<void> {
  for (const path of objects.seen.keys()) {
    if (isMutable(path)) continue
    if (!path.startsWith(`${version}/`)) faults.push(`${path} is not in the version’s folder`)
    const hash = hashInName(path)
    if (hash === null || !sha256(await objects.read(path)).startsWith(hash)) faults.push(`the name of ${path} does not hold the hash of its content`)
  }
}

function checkHeaders(objects: AssetObjects, faults: string[]): void {
  const types: Readonly<Record<string, string>> = { m3u8: 'application/vnd.apple.mpegurl', mpd: 'application/dash+xml', mp4: '(video|audio)/mp4', m4s: '(video|audio)/mp4', vtt: 'text/vtt', jpg: 'image/jpeg', json: 'application/json' }
  for (const [path, { headers }] of objects.seen) {
    const type = types[path.split('.').at(-1) ?? '']
    if (!new RegExp(`^${type}(;|$)`).test(headers?.get('content-type') ?? '')) faults.push(`${path} is sent as ${headers?.get('content-type')}`)
    const expected = isMutable(path) ? 'public, max-age=5' : 'public, max-age=31536000, immutable'
    if (headers?.get('cache-control') !== expected) faults.push(`${path} is sent with Cache-Control ${headers?.get('cache-control')}`)
  }
}

function isMutable(path: string): boolean {
  return !path.includes('/') || /^[^/]+\/early\/[^/]+\.m3u8$/.test(path)
}

