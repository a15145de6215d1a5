import { posix } from 'node:path'
import type { MadeFile, MadeInit, MadeSegment } from '../encode/records.ts'

/** Where the objects of one version lie in the store. Every immutable object has a hash of its content in its name. */
export interface VersionPlace {
  /** Asset name as it stands in keys. */
  readonly asset: string
  readonly version: string
}

export const contentTypes = {
  hls: 'application/vnd.apple.mpegurl',
  dash: 'application/dash+xml',
  video: 'video/mp4',
  audio: 'audio/mp4',
  captions: 'text/vtt',
  jpeg: 'image/jpeg',
  json: 'application/json',
} as const

/** 64 bits: enough that two contents of one version never share a name, short enough for a playlist line. */
export function shortHash(sha256: string): string {
  return sha256.slice(0, 16)
}

export function segmentKey(place: VersionPlace, segment: MadeSegment): string {
  return inVersion(place, segment.rendition, `${String(segment.number).padStart(5, '0')}-${shortHash(segment.sha256)}.m4s`)
}

export function initKey(place: VersionPlace, init: MadeInit): string {
  return inVersion(place, init.rendition, `init-${shortHash(init.sha256)}.mp4`)
}

export function playlistKey(place: VersionPlace, rendition: string, sha256: string): string {
  return inVersion(place, rendition, `playlist-${shortHash(sha256)}.m3u8`)
}

export function iframesKey(place: VersionPlace, rendition: string, sha256: string): string {
  return inVersion(place, rendition, `iframes-${shortHash(sha256)}.m3u8`)
}

export function captionsKey(place: VersionPlace, captions: { readonly id: string; readonly language: string }, file: MadeFile): string {
  return inVersion(place, 'captions', `${captions.id}-${captions.language}-${shortHash(file.sha256)}.vtt`)
}

export function captionsPlaylistKey(place: VersionPlace, captions: { readonly id: string; readonly language: string }, sha256: string): string {
  return inVersion(place, 'captions', `${captions.id}-${captions.language}-${shortHash(sha256)}.m3u8`)
}

export function posterKey(place: VersionPlace, file: MadeFile): string {
  return inVersion(place, `poster-${shortHash(file.sha256)}.jpg`)
}

export function storyboardKey(place: VersionPlace, file: MadeFile, kind: 'jpg' | 'vtt'): string {
  return inVersion(place, storyboardFileName(file, kind))
}

export function storyboardFileName(file: Pick<MadeFile, 'sha256'>, kind: 'jpg' | 'vtt'): string {
  return `storyboard-${shortHash(file.sha256)}.${kind}`
}

/** A playlist that grows: the one kind of object in a version's folder that is written more than once. */
export function earlyPlaylistKey(place: VersionPlace, rendition: string): string {
  return inVersion(place, 'early', `${rendition}.m3u8`)
}

export function pointerKeys(asset: string): { readonly master: string; readonly manifest: string; readonly description: string } {
  return { master: `${asset}/master.m3u8`, manifest: `${asset}/manifest.mpd`, description: `${asset}/asset.json` }
}

/** What to write in the object under `from` to name the object under `to`: everything refers by relative URLs, so that an asset plays from any host and prefix. */
export function relativeUrl(from: string, to: string): string {
  return posix.relative(posix.dirname(from), to)
}

/** A key as seen from the asset's folder, as it stands in asset.json. */
export function withinAsset(asset: string, key: string): string {
  return posix.relative(asset, key)
}

function inVersion(place: VersionPlace, ...names: readonly string[]): string {
  return [place.asset, place.version, ...names].join('/')
}
