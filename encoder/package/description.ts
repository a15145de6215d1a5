import type { AssetDescription } from '../publish/asset.ts'
import type { Plan } from '../plan/plan.ts'
import { toNumber } from '../rational.ts'
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
  const frame_rate = plan.video === null ? 0 : Math.round(toNumber(plan.video.grid.frame_rate) * 1000) / 1000
  return {
    asset: place.asset,
    duration_s: Math.round(duration_s * 1000) / 1000,
    source,
    video: tracks.video.map(({ plan: { id, width, height }, init, bandwidth, average_bandwidth }) => ({
      id, width, height, frame_rate, codecs: init.codecs, bandwidth, average_bandwidth, playlist: within(playlistOf(id)),
    })),
    audio: tracks.audio.map(({ plan: { id, language, label, channels, default: byDefault }, init, bandwidth, average_bandwidth }) => ({
      id, language, label, channels, codecs: init.codecs, bandwidth, average_bandwidth, default: byDefault, playlist: within(playlistOf(id)),
    })),
    captions: captions.map(({ plan: caption, file }) => ({
      id: caption.id, language: caption.language, label: caption.label, forced: caption.forced, file: within(captionsKey(place, caption, file)), playlist: within(playlistOf(caption.id)),
    })),
    poster: pictures?.poster ? within(posterKey(place, pictures.poster)) : null,
    storyboard: pictures?.storyboard ? within(storyboardKey(place, pictures.storyboard.vtt, 'vtt')) : null,
  }
}
