import HLS from 'hls-parser'
import { Parser, type ParsedPlaylist } from 'm3u8-parser'
import { resolvePath } from './objects.ts'

export interface ReadMaster {
  readonly variants: readonly { readonly path: string; readonly bandwidth: number; readonly average: number; readonly codecs: string; readonly resolution: string | null; readonly frameRate: number | null; readonly range: string }[]
  readonly iframes: readonly { readonly path: string; readonly resolution: string | null }[]
  readonly audio: readonly { readonly path: string | null; readonly name: string; readonly language: string | null; readonly default: boolean }[]
  readonly captions: readonly { readonly path: string; readonly name: string; readonly language: string | null }[]
}

export interface ReadMedia {
  readonly path: string
  readonly ended: boolean
  readonly type: string
  readonly target: number
  readonly init: string | null
  readonly segments: readonly { readonly path: string; readonly duration: number; readonly range: { readonly offset: number; readonly length: number } | null }[]
}

/** A master playlist on which two parsers agree; throws where they don’t. */
export function readMaster(path: string, text: string): ReadMaster {
  const one = HLS.parse(text)
  const other = parseOther(text)
  if (!one.isMasterPlaylist) throw new Error(`${path} is not a master playlist`)
  const uris = one.variants.filter(({ isIFrameOnly }) => isIFrameOnly !== true).map(({ uri }) => uri)
  agree(path, 'variants', uris, (other.playlists ?? []).map(({ uri }) => uri))
  const [first] = one.variants
  const audio = first?.audio ?? []
  agree(path, 'sound', audio.map(({ name }) => name), groupNames(other, 'AUDIO'))
  agree(path, 'captions', (first?.subtitles ?? []).map(({ name }) => name), groupNames(other, 'SUBTITLES'))
  const to = (uri: string) => resolvePath(path, uri)
  return {
    variants: one.variants
      .filter(({ isIFrameOnly }) => isIFrameOnly !== true)
      .map((variant) => ({
        path: to(variant.uri),
        bandwidth: variant.bandwidth,
        average: variant.averageBandwidth ?? 0,
        codecs: variant.codecs ?? '',
        resolution: variant.resolution === undefined ? null : `${variant.resolution.width}x${variant.resolution.height}`,
        frameRate: variant.frameRate ?? null,
        range: variant.videoRange,
      })),
    iframes: one.variants
      .filter(({ isIFrameOnly }) => isIFrameOnly === true)
      .map(({ uri, resolution }) => ({ path: to(uri), resolution: resolution === undefined ? null : `${resolution.width}x${resolution.height}` })),
    audio: audio.map((rendition) => ({ path: rendition.uri === undefined ? null : to(rendition.uri), name: rendition.name, language: rendition.language ?? null, default: rendition.isDefault })),
    captions: (first?.subtitles ?? []).map((rendition) => ({ path: to(rendition.uri ?? ''), name: rendition.name, language: rendition.language ?? null })),
  }
}

/** A media playlist on which two parsers agree. */
export function readMedia(path: string, text: string): ReadMedia {
  const one = HLS.parse(text)
  const other = parseOther(text)
  if (one.isMasterPlaylist) throw new Error(`${path} is not a media playlist`)
  agree(path, 'segments', one.segments.map(({ uri, duration }) => `${uri} ${duration}`), (other.segments ?? []).map(({ uri, duration }) => `${uri} ${duration}`))
  agree(path, 'initialisation segment', [one.segments[0]?.map?.uri ?? ''], [other.segments?.[0]?.map?.uri ?? ''])
  agree(path, 'end and target', [one.endlist, one.targetDuration], [other.endList ?? false, other.targetDuration])
  const init = one.segments[0]?.map?.uri
  return {
    path,
    ended: one.endlist,
    type: one.playlistType ?? '',
    target: one.targetDuration,
    init: init === undefined ? null : resolvePath(path, init),
    segments: one.segments.map(({ uri, duration, byterange }) => ({ path: resolvePath(path, uri), duration, range: byterange ?? null })),
  }
}

function parseOther(text: string): ParsedPlaylist {
  const parser = new Parser()
  parser.on('warn', ({ message }) => {
    throw new Error(`m3u8-parser warns: ${message}`)
  })
  parser.push(text)
  parser.end()
  return parser.manifest
}

function groupNames({ mediaGroups }: ParsedPlaylist, type: string): string[] {
  return Object.values(mediaGroups?.[type] ?? {}).flatMap((group) => Object.keys(group))
}

function agree(path: string, what: string, one: readonly unknown[], other: readonly unknown[]): void {
  if (JSON.stringify(one) !== JSON.stringify(other)) throw new Error(`${path}: two parsers do not agree on the ${what}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`)
}
