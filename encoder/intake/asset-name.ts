import { createHash } from 'node:crypto'
import { componentsOf, keyOf, type PathBytes, splitExtension } from './path-bytes.ts'
import { transliterate } from './transliterate.ts'

/** What an asset may be called: it is a part of every key in the store, of URLs and of commands. */
export const ASSET_NAME = /^(?![.-])[A-Za-z0-9._-]+(?:\/(?![.-])[A-Za-z0-9._-]+)*$/
export const ASSET_NAME_MAX = 200

/** Names that an asset's own folder holds. */
const TAKEN = new Set(['master.m3u8', 'manifest.mpd', 'asset.json'])

/** The containers of media: only these endings are left out of the name, so that `talk.v1` and `talk.v2` stay two. */
const MEDIA =
  /^\.(?:3g[2p]|aac|ac3|aif[cf]?|amr|asf|av1|avi|caf|dts|dv|eac3|f4v|flac|flv|gxf|h26[45]|hevc|ivf|m1v|m2ts?|m2v|m4[abv]|mj2|mk[av]|mov|mp[23]|mp4|mpe?g|mts|mxf|nut|oga|ogg|ogm|ogv|opus|qt|rm|rmvb|ts|vob|w64|wav|webm|wma|wmv|wv|y4m)$/i

const HASH_LENGTH = 10

export interface AssetPlace {
  /** The profile that the folder selects. */
  readonly profile: string
  readonly asset: string
}

/**
 * Profile and asset name of a path below the ingest folder.
 *
 * A top folder named like a profile selects it and is no part of the name; all other folders are. The ending of a media
 * container is left out. Letters, digits, `.`, `_` and `-` stay; Latin letters lose their accents; each run of anything
 * else becomes one `-`. A component that was changed gets `-` and ten hex digits of the SHA-256 of its exact bytes, so
 * that `a b.mp4` and `a-b.mp4` are two assets. Text is normalised to NFC before that: a Mac and a Linux machine name one
 * film alike. A name of more than 200 bytes is cut and gets the hash of the whole.
 */
export function assetPlace(below: PathBytes, profiles: ReadonlySet<string>): AssetPlace {
  const components = componentsOf(below)
  const first = components.length > 1 && components[0] !== undefined ? keyOf(components[0]) : ''
  const selected = profiles.has(first)
  return { profile: selected ? first : 'default', asset: assetName(selected ? components.slice(1) : components) }
}

export function isAssetName(text: string): boolean {
  return ASSET_NAME.test(text) && text.length <= ASSET_NAME_MAX && takenPart(text) === undefined
}

/** The part of a name that is called like an object which every asset has. */
export function takenPart(name: string): string | undefined {
  return name.split('/').find((component) => TAKEN.has(component))
}

function assetName(components: readonly PathBytes[]): string {
  const parts = components.map((component, index) => componentName(index === components.length - 1 ? withoutEnding(component) : component))
  const name = parts.join('/')
  if (name.length <= ASSET_NAME_MAX) return name
  const kept = name.slice(0, ASSET_NAME_MAX - HASH_LENGTH - 1).replace(/[/.-]+$/, '')
  return `${kept}-${hashOf(Buffer.from(name))}`
}

function withoutEnding(name: PathBytes): PathBytes {
  const { stem, extension } = splitExtension(name)
  return MEDIA.test(keyOf(extension)) ? stem : name
}

function componentName(component: PathBytes): string {
  const text = component.toString('utf8').normalize('NFC')
  const isText = Buffer.from(component.toString('utf8')).equals(component)
  if (isText && isAssetName(text)) return text
  const plain = transliterate(isText ? text : component.toString('latin1').replaceAll(/[^\x20-\x7e]/g, ' '))
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[.-]+|[.-]+$/g, '')
  return `${plain === '' ? 'untitled' : plain}-${hashOf(isText ? Buffer.from(text) : component)}`
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, HASH_LENGTH)
}
