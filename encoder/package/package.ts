import { createHash } from 'node:crypto'
import type { Plan } from '../plan/plan.ts'
import type { AssetDescription } from '../publish/asset.ts'
import type { Pointer } from '../publish/contract.ts'
import { manifest } from './dash/mpd.ts'
import { describe } from './description.ts'
import { masterPlaylist } from './hls/master.ts'
import { captionsPlaylist, iframesPlaylist, mediaPlaylist, type PlaylistState } from './hls/media-playlist.ts'
import type { MadeCaptions, MadePictures } from './made.ts'
import {
  captionsKey, captionsPlaylistKey, contentTypes, earlyPlaylistKey, iframesKey, initKey, playlistKey, pointerKeys, relativeUrl, segmentKey, type VersionPlace,
} from './names.ts'
import { assembleTracks, earlySegments, LEAST_EARLY_SEGMENTS, type MadeMedia, type Track, type Tracks } from './tracks.ts'

export interface PackageInput extends MadeMedia, VersionPlace {
  readonly state: 'encoding' | 'ready'
  /** Whether this version was packaged as `encoding` before, so that players may be on its growing playlists. */
  readonly published_early: boolean
  readonly plan: Plan
  readonly source: AssetDescription['source']
  readonly captions: readonly MadeCaptions[]
  readonly pictures: MadePictures | null
}

/** A playlist that is made here and never changes: to be written into the work area and published like the segments. */
export interface PackagedFile {
  readonly key: string
  readonly content: string
  readonly content_type: string
  readonly bytes: number
  readonly sha256: string
}

export interface Packaged {
  readonly files: readonly PackagedFile[]
  /** In the order of writing. */
  readonly pointers: readonly Pointer[]
  /** Growing playlists with their end, to be written when nobody reads them without their last segments any more; none where nothing grew. */
  readonly endings: readonly Pointer[]
  /** Whether it can be played: a growing version from LEAST_EARLY_SEGMENTS on. */
  readonly playable: boolean
  readonly description: AssetDescription
}

/** All text of a version, from what was made of it. Pure: the same input gives the same text. */
export function packageVersion(input: PackageInput): Packaged {
  const growing = input.state === 'encoding'
  const tracks = assembleTracks(input.plan, input, growing)
  return growing ? packageGrowing(input, tracks) : packageReady(input, tracks)
}

/** Playlists that grow, and no MPD: a static one cannot grow (docs/decisions/0006). */
function packageGrowing(input: PackageInput, tracks: Tracks): Packaged {
  const captions = captionFiles(input, Math.max(tracks.duration_s, input.plan.duration_s))
  const playlistOf = (rendition: string) => captions.get(rendition)?.key ?? earlyPlaylistKey(input, rendition)
  const keys = pointerKeys(input.asset)
  return {
    files: [...captions.values()],
    playable: earlySegments(input.plan, input) >= LEAST_EARLY_SEGMENTS,
    pointers: [...earlyPlaylists(input, tracks, 'open'), pointer(keys.master, master(input, tracks, playlistOf, null), contentTypes.hls)],
    endings: [],
    description: describe({ ...input, place: input, tracks, duration_s: input.plan.duration_s, playlistOf }),
  }
}

function packageReady(input: PackageInput, tracks: Tracks): Packaged {
  const captions = captionFiles(input, tracks.duration_s)
  const playlists = new Map(allOf(tracks).map((track) => [track.plan.id, file((sha256) => playlistKey(input, track.plan.id, sha256), playlist(input, track, tracks, 'whole'))]))
  const iframes = new Map(tracks.video.map((track) => [track.plan.id, file((sha256) => iframesKey(input, track.plan.id, sha256), iframesOf(input, track, tracks))]))
  const playlistOf = (rendition: string) => keyIn(captions.has(rendition) ? captions : playlists, rendition)
  const keys = pointerKeys(input.asset)
  const mpd = manifest(input.plan, tracks, input.captions.map(({ plan }) => plan), {
    init: (init) => relativeUrl(keys.manifest, initKey(input, init)),
    segment: (segment) => relativeUrl(keys.manifest, segmentKey(input, segment)),
    captions: (id) => relativeUrl(keys.manifest, captionKeyOf(input, id)),
  })
  return {
    files: [...playlists.values(), ...iframes.values(), ...captions.values()],
    playable: true,
    pointers: [
      // Players that began early never read the master again.
      ...(input.published_early ? earlyPlaylists(input, tracks, 'open') : []),
      pointer(keys.master, master(input, tracks, playlistOf, iframes), contentTypes.hls),
      pointer(keys.manifest, mpd, contentTypes.dash),
    ],
    endings: input.published_early ? earlyPlaylists(input, tracks, 'closed') : [],
    description: describe({ ...input, place: input, tracks, duration_s: tracks.duration_s, playlistOf }),
  }
}

function allOf(tracks: Tracks): readonly Track<{ readonly id: string }>[] {
  return [...tracks.video, ...tracks.audio]
}

function earlyPlaylists(input: PackageInput, tracks: Tracks, state: PlaylistState): Pointer[] {
  return allOf(tracks).map((track) => pointer(earlyPlaylistKey(input, track.plan.id), playlist(input, track, tracks, state), contentTypes.hls))
}

function playlist(place: VersionPlace, track: Track<{ readonly id: string }>, { target_duration }: Tracks, state: PlaylistState): string {
  const from = state === 'whole' ? playlistKey(place, track.plan.id, '') : earlyPlaylistKey(place, track.plan.id)
  return mediaPlaylist({ state, target_duration, init: track.init, segments: track.segments, urlOf: urlsFrom(place, from) })
}

function iframesOf(place: VersionPlace, { plan, init, segments }: Track<{ readonly id: string }>, { target_duration }: Tracks): string {
  return iframesPlaylist({ target_duration, init, segments, urlOf: urlsFrom(place, iframesKey(place, plan.id, '')) })
}

function urlsFrom(place: VersionPlace, from: string): Parameters<typeof mediaPlaylist>[0]['urlOf'] {
  return { init: (init) => relativeUrl(from, initKey(place, init)), segment: (segment) => relativeUrl(from, segmentKey(place, segment)) }
}

function captionFiles(input: PackageInput, duration_s: number): Map<string, PackagedFile> {
  return new Map(
    input.captions.map(({ plan, file: vtt }) => {
      const url = relativeUrl(captionsPlaylistKey(input, plan, ''), captionsKey(input, plan, vtt))
      return [plan.id, file((sha256) => captionsPlaylistKey(input, plan, sha256), captionsPlaylist(duration_s, url))]
    }),
  )
}

function master(input: PackageInput, tracks: Tracks, playlistOf: (rendition: string) => string, iframes: ReadonlyMap<string, PackagedFile> | null): string {
  const from = pointerKeys(input.asset).master
  return masterPlaylist(input.plan, tracks, input.captions.map(({ plan }) => plan), {
    playlist: (rendition) => relativeUrl(from, playlistOf(rendition)),
    captions: (id) => relativeUrl(from, playlistOf(id)),
    iframes: iframes === null ? null : (rung) => relativeUrl(from, keyIn(iframes, rung)),
  })
}

function captionKeyOf(input: PackageInput, id: string): string {
  const made = input.captions.find(({ plan }) => plan.id === id)
  if (made === undefined) throw new RangeError(`no captions ${id}`)
  return captionsKey(input, made.plan, made.file)
}

function keyIn(files: ReadonlyMap<string, PackagedFile>, rendition: string): string {
  const found = files.get(rendition)
  if (found === undefined) throw new RangeError(`no playlist of ${rendition}`)
  return found.key
}

function pointer(key: string, content: string, content_type: string): Pointer {
  return { key, content, content_type }
}

function file(keyOf: (sha256: string) => string, content: string): PackagedFile {
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { key: keyOf(sha256), content, content_type: contentTypes.hls, bytes: Buffer.byteLength(content), sha256 }
}
