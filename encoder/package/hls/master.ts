import type { AudioRendition, CaptionPlan, Plan, Rung } from '../../plan/plan.ts'
import { toNumber } from '../../rational.ts'
import type { Track, Tracks } from '../tracks.ts'
import { peakBandwidth, averageBandwidth } from '../bandwidth.ts'
import { type AttributeValue, quoted, tag } from './attributes.ts'
import { HLS_VERSION, lines } from './media-playlist.ts'

export interface MasterUrls {
  readonly playlist: (rendition: string) => string
  /** Null while there are none. */
  readonly iframes: ((rung: string) => string) | null
  readonly captions: (id: string) => string
}

const AUDIO_GROUP = 'audio'
const CAPTIONS_GROUP = 'captions'
/** What a player without knowledge of its network begins with, bit/s: the rate that Apple’s authoring specification recommends for the first variant. */
const FIRST_VARIANT = 2_500_000

export function masterPlaylist(plan: Plan, tracks: Tracks, captions: readonly CaptionPlan[], urls: MasterUrls): string {
  return lines([
    '#EXTM3U',
    `#EXT-X-VERSION:${HLS_VERSION}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...audioMedia(tracks, urls),
    ...captionsMedia(captions, urls),
    ...(tracks.video.length > 0 ? videoVariants(plan, tracks, captions, urls) : soundVariant(tracks, captions, urls)),
    ...(urls.iframes === null ? [] : tracks.video.map((track) => iframeVariant(track, tracks.target_duration, urls.iframes?.(track.plan.id) ?? ''))),
  ])
}

function audioMedia(tracks: Tracks, urls: MasterUrls): string[] {
  return tracks.audio.map(({ plan }) =>
    tag('EXT-X-MEDIA', {
      TYPE: 'AUDIO',
      'GROUP-ID': quoted(AUDIO_GROUP),
      NAME: quoted(plan.label),
      LANGUAGE: language(plan.language),
      DEFAULT: yesNo(plan.default),
      AUTOSELECT: yesNo(plan.default || plan.role !== 'commentary'),
      CHARACTERISTICS: plan.role === 'description' ? quoted('public.accessibility.describes-video') : undefined,
      CHANNELS: quoted(String(plan.channels)),
      // Without video the variant itself carries the default sound.
      URI: tracks.video.length === 0 && plan === defaultAudio(tracks).plan ? undefined : quoted(urls.playlist(plan.id)),
    }),
  )
}

function captionsMedia(captions: readonly CaptionPlan[], urls: MasterUrls): string[] {
  return captions.map((plan) =>
    tag('EXT-X-MEDIA', {
      TYPE: 'SUBTITLES',
      'GROUP-ID': quoted(CAPTIONS_GROUP),
      NAME: quoted(plan.label),
      LANGUAGE: language(plan.language),
      DEFAULT: yesNo(plan.default),
      AUTOSELECT: 'YES',
      FORCED: yesNo(plan.forced),
      CHARACTERISTICS: plan.hearing_impaired ? quoted('public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound') : undefined,
      URI: quoted(urls.captions(plan.id)),
    }),
  )
}

function videoVariants(plan: Plan, tracks: Tracks, captions: readonly CaptionPlan[], urls: MasterUrls): string[] {
  const sound = loudestOf(tracks)
  return beginningWell(tracks.video, sound.bandwidth).flatMap((track) => [
    tag('EXT-X-STREAM-INF', {
      BANDWIDTH: track.bandwidth + sound.bandwidth,
      'AVERAGE-BANDWIDTH': track.average_bandwidth + sound.average_bandwidth,
      CODECS: quoted([track.init.codecs, ...sound.codecs].join(',')),
      RESOLUTION: `${track.plan.width}x${track.plan.height}`,
      'FRAME-RATE': plan.video === null ? undefined : toNumber(plan.video.grid.frame_rate).toFixed(3),
      'VIDEO-RANGE': videoRange(track.plan),
      AUDIO: tracks.audio.length > 0 ? quoted(AUDIO_GROUP) : undefined,
      ...groupsBeside(captions),
    }),
    urls.playlist(track.plan.id),
  ])
}

function soundVariant(tracks: Tracks, captions: readonly CaptionPlan[], urls: MasterUrls): string[] {
  const { bandwidth, average_bandwidth, codecs } = loudestOf(tracks)
  return [
    tag('EXT-X-STREAM-INF', { BANDWIDTH: bandwidth, 'AVERAGE-BANDWIDTH': average_bandwidth, CODECS: quoted(codecs.join(',')), AUDIO: quoted(AUDIO_GROUP), ...groupsBeside(captions) }),
    urls.playlist(defaultAudio(tracks).plan.id),
  ]
}

function iframeVariant({ plan, init, segments }: Track<Rung>, target: number, url: string): string {
  const measured = segments.map(({ key_range, duration_ticks, timescale }) => ({ bytes: key_range?.length ?? 0, seconds: duration_ticks / timescale }))
  return tag('EXT-X-I-FRAME-STREAM-INF', {
    BANDWIDTH: peakBandwidth(measured, target),
    'AVERAGE-BANDWIDTH': averageBandwidth(measured),
    CODECS: quoted(init.codecs),
    RESOLUTION: `${plan.width}x${plan.height}`,
    'VIDEO-RANGE': videoRange(plan),
    URI: quoted(url),
  })
}

/** The best H.264 rung that most networks carry comes first, the others follow from high to low: many players begin with the first. */
function beginningWell(video: readonly Track<Rung>[], sound: number): readonly Track<Rung>[] {
  const fitting = video.filter(({ plan }) => plan.codec === 'h264' && plan.range === 'sdr')
  const first = fitting.find(({ bandwidth }) => bandwidth + sound <= FIRST_VARIANT) ?? fitting.at(-1)
  return first === undefined ? video : [first, ...video.filter((track) => track !== first)]
}

/** What any member of the audio group adds to a variant at most. */
function loudestOf({ audio }: Tracks): { readonly bandwidth: number; readonly average_bandwidth: number; readonly codecs: readonly string[] } {
  return {
    bandwidth: Math.max(0, ...audio.map(({ bandwidth }) => bandwidth)),
    average_bandwidth: Math.max(0, ...audio.map(({ average_bandwidth }) => average_bandwidth)),
    codecs: [...new Set(audio.map(({ init }) => init.codecs))],
  }
}

function defaultAudio({ audio }: Tracks): Track<AudioRendition> {
  const [first] = audio
  const found = audio.find(({ plan }) => plan.default) ?? first
  if (found === undefined) throw new RangeError('a master playlist without video needs sound')
  return found
}

function groupsBeside(captions: readonly CaptionPlan[]): Record<string, AttributeValue> {
  return { SUBTITLES: captions.length > 0 ? quoted(CAPTIONS_GROUP) : undefined, 'CLOSED-CAPTIONS': 'NONE' }
}

export function videoRange({ range }: Rung): string {
  return range.toUpperCase()
}

function language(code: string): AttributeValue {
  return code === 'und' ? undefined : quoted(code)
}

function yesNo(is: boolean): string {
  return is ? 'YES' : 'NO'
}
