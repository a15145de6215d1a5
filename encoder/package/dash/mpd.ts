import type { AudioRendition, CaptionPlan, Grid, Plan, Rung } from '../../plan/plan.ts'
import { formatRational } from '../../rational.ts'
import { contentTypes } from '../names.ts'
import type { Track, Tracks } from '../tracks.ts'
import { segmentList, type SegmentUrls } from './segments.ts'
import { element } from './xml.ts'

export interface MpdUrls extends SegmentUrls {
  readonly captions: (id: string) => string
}

/**
 * A static MPD. Its profile is `isoff-main`: `isoff-live` wants templates. Segment lists with a timeline play in
 * dash.js, Shaka and Video.js (test/encoder/package/players.test.ts).
 */
export function manifest(plan: Plan, tracks: Tracks, captions: readonly CaptionPlan[], urls: MpdUrls): string {
  const sets = [
    ...videoSets(tracks.video).map((set) => (id: number) => videoSet(id, set, plan.video?.grid, urls)),
    ...tracks.audio.map((track) => (id: number) => audioSet(id, track, urls)),
    ...captions.map((caption) => (id: number) => captionSet(id, caption, urls)),
  ]
  const mpd = element(
    'MPD',
    {
      xmlns: 'urn:mpeg:dash:schema:mpd:2011',
      profiles: 'urn:mpeg:dash:profile:isoff-main:2011',
      type: 'static',
      mediaPresentationDuration: duration(tracks.duration_s),
      maxSegmentDuration: duration(tracks.target_duration),
      minBufferTime: duration(tracks.target_duration),
    },
    [element('Period', { id: '0', start: 'PT0S' }, sets.map((set, index) => set(index)))],
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${mpd}\n`
}

/** Players switch within a set, which must not mix codecs or ranges. */
function videoSets(video: readonly Track<Rung>[]): Track<Rung>[][] {
  return [...Map.groupBy(video, ({ plan }) => `${plan.codec} ${plan.range}`).values()]
}

function videoSet(id: number, tracks: readonly Track<Rung>[], grid: Grid | undefined, urls: MpdUrls): string {
  const frameRate = grid === undefined ? undefined : formatRational(grid.frame_rate)
  return element(
    'AdaptationSet',
    {
      id,
      contentType: 'video',
      mimeType: contentTypes.video,
      segmentAlignment: true,
      startWithSAP: 1,
      maxWidth: Math.max(...tracks.map(({ plan }) => plan.width)),
      maxHeight: Math.max(...tracks.map(({ plan }) => plan.height)),
      maxFrameRate: frameRate,
    },
    [
      ...colour(tracks[0]?.plan.range ?? 'sdr'),
      role('main'),
      ...tracks.map((track) =>
        element(
          'Representation',
          { id: track.plan.id, codecs: track.init.codecs, bandwidth: track.bandwidth, width: track.plan.width, height: track.plan.height, sar: '1:1', frameRate },
          [segmentList(track, urls)],
        ),
      ),
    ],
  )
}

function audioSet(id: number, track: Track<AudioRendition>, urls: MpdUrls): string {
  const { plan, init, bandwidth } = track
  return element('AdaptationSet', { id, contentType: 'audio', mimeType: contentTypes.audio, lang: language(plan.language), segmentAlignment: true, startWithSAP: 1 }, [
    ...(plan.role === 'description' ? [descriptor('Accessibility', 'urn:tva:metadata:cs:AudioPurposeCS:2007', '1')] : []),
    role(plan.role),
    element('Label', {}, plan.label),
    element('Representation', { id: plan.id, codecs: init.codecs, bandwidth, audioSamplingRate: plan.sample_rate }, [
      descriptor('AudioChannelConfiguration', 'urn:mpeg:dash:23003:3:audio_channel_configuration:2011', String(plan.channels)),
      segmentList(track, urls),
    ]),
  ])
}

function captionSet(id: number, plan: CaptionPlan, urls: MpdUrls): string {
  return element('AdaptationSet', { id, contentType: 'text', mimeType: contentTypes.captions, lang: language(plan.language) }, [
    ...(plan.hearing_impaired ? [descriptor('Accessibility', 'urn:tva:metadata:cs:AudioPurposeCS:2007', '2')] : []),
    role(plan.forced ? 'forced-subtitle' : plan.hearing_impaired ? 'caption' : 'subtitle'),
    ...(plan.default ? [role('main')] : []),
    element('Label', {}, plan.label),
    element('Representation', { id: plan.id, bandwidth: 1000 }, [element('BaseURL', {}, urls.captions(plan.id))]),
  ])
}

/** Code points of ISO/IEC 23091-2. SDR is BT.709, which players take for granted. */
function colour(range: Rung['range']): string[] {
  if (range === 'sdr') return []
  const cicp = (property: string, value: string) => descriptor('SupplementalProperty', `urn:mpeg:mpegB:cicp:${property}`, value)
  return [cicp('ColourPrimaries', '9'), cicp('TransferCharacteristics', range === 'pq' ? '16' : '18'), cicp('MatrixCoefficients', '9')]
}

function role(value: string): string {
  return descriptor('Role', 'urn:mpeg:dash:role:2011', value)
}

function descriptor(name: string, schemeIdUri: string, value: string): string {
  return element(name, { schemeIdUri, value })
}

function language(code: string): string | undefined {
  return code === 'und' ? undefined : code
}

/** ISO 8601, to the microsecond. */
function duration(seconds: number): string {
  return `PT${seconds.toFixed(6).replace(/\.?0+$/, '')}S`
}
