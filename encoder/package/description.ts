import type { AssetDescription } from '../publish/asset.ts'
import type { Plan } from '../plan/plan.ts'
import { toNumber } from '../rational.ts'
import { distinctLabels } from './hls/labels.ts'
import type { MadeCaptions, MadePictures } from './made.ts'
import { captionsKey, posterKey, storyboardKey, withinAsset, type VersionPlace } from './names.ts'
import type { Tracks } from './tracks.ts'

export interface Described {
  readonly place: VersionPlace
  readonly plan: Plan
  readonly tracks: Tracks
  readonly captions: readonly MadeCaptions[]
  readonly pictures: MadePictures | null
  readonly source: AssetDescription['source']
  readonly duration_s: number
  /** Keys of the playlists. */
  readonly playlistOf: (rendition: string) => string
}

/** What asset.json says of a version. */
export function describe({ place, plan, tracks, captions, pictures, source, duration_s, playlistOf }: Described): AssetDescription {
  const within = (key: string) => withinAsset(place.asset, key)
  const audioLabels = distinctLabels(tracks.audio.map((track) => track.plan.label))
  const captionLabels = distinctLabels(captions.map((made) => made.plan.label))
  const frame_rate = plan.video === null ? 0 : Math.round(toNumber(plan.video.grid.frame_rate) * 1000) / 1000
  return {
    asset: place.asset,
    duration_s: Math.round(duration_s * 1000) / 1000,
    source,
    video: tracks.video.map(({ plan: { id, width, height }, init, bandwidth, average_bandwidth }) => ({
      id, width, height, frame_rate, codecs: init.codecs, bandwidth, average_bandwidth, playlist: within(playlistOf(id)),
    })),
    audio: tracks.audio.map(({ plan: { id, language, channels, default: byDefault }, init, bandwidth, average_bandwidth }, index) => ({
      id, language, label: audioLabels[index] ?? id, channels, codecs: init.codecs, bandwidth, average_bandwidth, default: byDefault, playlist: within(playlistOf(id)),
    })),
    captions: captions.map(({ plan: { id, language, forced }, plan: caption, file }, index) => ({
      id, language, label: captionLabels[index] ?? id, forced, file: within(captionsKey(place, caption, file)), playlist: within(playlistOf(id)),
    })),
    poster: pictures?.poster ? within(posterKey(place, pictures.poster)) : null,
    storyboard: pictures?.storyboard ? within(storyboardKey(place, pictures.storyboard.vtt, 'vtt')) : null,
  }
}
