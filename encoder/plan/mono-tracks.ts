import type { AudioFacts } from '../probe/facts.ts'
import { canonicalLanguage } from './language.ts'

/** Tracks that become one rendition. */
export interface TrackGroup {
  readonly tracks: readonly [AudioFacts, ...AudioFacts[]]
}

export interface Grouping {
  readonly groups: readonly TrackGroup[]
  /** Tracks that are left out. */
  readonly left: readonly AudioFacts[]
}

/**
 * Cameras and broadcasters write each channel as a mono track. Where all tracks of a source are mono and nothing tells them
 * apart, the first two of a language are left and right, and the rest (clean feeds, silence, a second mix) is left out.
 * All other tracks stand for themselves.
 */
export function groupTracks(audio: readonly AudioFacts[]): Grouping {
  if (audio.length < 2 || !audio.every(({ channels }) => channels === 1)) return { groups: audio.map((track) => ({ tracks: [track] })), left: [] }
  const groups: TrackGroup[] = []
  const left: AudioFacts[] = []
  const plain = audio.filter((track) => !setApart(track))
  for (const [, tracks] of Map.groupBy(plain, ({ language }) => canonicalLanguage(language))) {
    const [first, second, ...rest] = tracks
    if (first === undefined) continue
    groups.push({ tracks: second === undefined ? [first] : [first, second] })
    left.push(...rest)
  }
  groups.push(...audio.filter((track) => setApart(track)).map((track): TrackGroup => ({ tracks: [track] })))
  return { groups: groups.toSorted((a, b) => a.tracks[0].index - b.tracks[0].index), left }
}

function setApart({ commentary, described }: AudioFacts): boolean {
  return commentary || described
}
