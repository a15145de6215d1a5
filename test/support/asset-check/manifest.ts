import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { parse, type MpdPlaylist } from 'mpd-parser'
import { resolvePath } from './objects.ts'

export interface ReadRepresentation {
  readonly id: string
  readonly contentType: string
  readonly bandwidth: number
  readonly codecs: string
  readonly lang: string | null
  readonly init: string | null
  readonly segments: readonly { readonly path: string; readonly start: number; readonly duration: number }[]
  /** A single file instead of segments: captions. */
  readonly file: string | null
}

export interface ReadManifest {
  readonly duration: number
  readonly representations: readonly ReadRepresentation[]
}

type Node = Readonly<Record<string, unknown>>

function attribute(node: Node | undefined, name: string): string | null {
  const value = node?.[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

/** An MPD read from its XML, compared with what mpd-parser (Video.js) makes of it. */
export function readManifest(path: string, text: string): ReadManifest {
  const valid = XMLValidator.validate(text)
  if (valid !== true) throw new Error(`${path}: ${valid.err.msg}`)
  const { MPD: mpd } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(text) as { MPD: Node }
  const duration = Number(/^PT([\d.]+)S$/.exec(attribute(mpd, 'mediaPresentationDuration') ?? '')?.[1])
  const representations = list((mpd['Period'] as Node)['AdaptationSet']).flatMap((set) =>
    list(set['Representation']).map((representation) => readRepresentation(path, set, representation)),
  )
  requireSameInOther(path, text, representations)
  return { duration, representations }
}

function readRepresentation(path: string, set: Node, representation: Node): ReadRepresentation {
  const segments = representation['SegmentList'] as Node | undefined
  const urls = list(segments?.['SegmentURL']).map((node) => resolvePath(path, attribute(node, 'media') ?? ''))
  const timescale = Number(segments?.['timescale'] ?? 1)
  const times: { start: number; duration: number }[] = []
  let time = 0
  for (const run of list((segments?.['SegmentTimeline'] as Node | undefined)?.['S'])) {
    time = run['t'] === undefined ? time : Number(run['t'])
    for (let left = Number(run['r'] ?? 0) + 1; left > 0; left--) {
      times.push({ start: time / timescale, duration: Number(run['d']) / timescale })
      time += Number(run['d'])
    }
  }
  if (times.length !== urls.length) throw new Error(`${path}: ${urls.length} segments and ${times.length} times in ${attribute(representation, 'id')}`)
  const init = attribute(segments?.['Initialization'] as Node | undefined, 'sourceURL')
  const file = attribute(representation, 'BaseURL')
  return {
    id: attribute(representation, 'id') ?? '',
    contentType: attribute(set, 'contentType') ?? '',
    bandwidth: Number(representation['bandwidth']),
    codecs: attribute(representation, 'codecs') ?? '',
    lang: attribute(set, 'lang'),
    init: init === null ? null : resolvePath(path, init),
    segments: urls.map((url, index) => ({ path: url, start: times[index]?.start ?? 0, duration: times[index]?.duration ?? 0 })),
    file: file === null ? null : resolvePath(path, file),
  }
}

function requireSameInOther(path: string, text: string, representations: readonly ReadRepresentation[]): void {
  const root = 'http://asset.invalid/a/'
  const parsed = parse(text, {
    manifestUri: `${root}${path}`,
    eventHandler: ({ type, message }) => {
      if (type === 'warn') throw new Error(`mpd-parser warns: ${message}`)
    },
  })
  const groups = Object.values(parsed.mediaGroups['AUDIO'] ?? {}).flatMap((group) => Object.values(group).flatMap(({ playlists }) => playlists))
  const spell = (items: readonly { path: string; start: number }[]) => items.map((item) => `${item.path} ${item.start.toFixed(6)}`).join('\n')
  const spellOther = ({ segments }: MpdPlaylist) => spell(segments.map((segment) => ({ path: segment.resolvedUri.slice(root.length), start: segment.presentationTime })))
  const others = new Set([...parsed.playlists, ...groups].map(spellOther))
  for (const { id, contentType, segments } of representations) {
    if (contentType !== 'text' && !others.has(spell(segments))) throw new Error(`${path}: mpd-parser reads other segments of ${id} than its XML says`)
  }
}

function list(value: unknown): readonly Node[] {
  if (value === undefined || value === '') return []
  return (Array.isArray(value) ? value : [value]) as readonly Node[]
}
