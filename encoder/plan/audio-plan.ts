import type { AudioFacts, Facts } from '../probe/facts.ts'
import { rational, toNumber, type Rational } from '../rational.ts'
import { downmix } from './downmix.ts'
import { audioSegment } from './grid.ts'
import { distinct, trackLabel } from './labels.ts'
import { canonicalLanguage } from './language.ts'
import { groupTracks, type TrackGroup } from './mono-tracks.ts'
import type { AudioPlan, AudioRendition, VideoPlan } from './plan.ts'
import type { Profile } from './profile.ts'

export interface AudioOutcome {
  readonly plan: AudioPlan | null
  readonly notes: readonly string[]
}

/** Less is within what players let pass, and what durations of packets tell. */
const SHORTEST_PAD_S = 0.001

/** One rendition for each track, or pair of mono tracks. `language` stands in for tracks that do not say theirs. */
export function planAudio(facts: Facts, video: VideoPlan | null, profile: Profile, language: string | undefined): AudioOutcome {
  const { groups, left } = groupTracks(facts.audio)
  const [first] = groups
  if (first === undefined) return { plan: null, notes: [] }
  const notes: string[] = []
  for (const { tracks } of groups) {
    if (tracks.length > 1) notes.push(`the mono audio tracks ${tracks.map(({ index }) => `#${index}`).join(' and ')} become left and right of one stereo rendition`)
  }
  if (left.length > 0) notes.push(`the mono audio tracks ${left.map(({ index }) => `#${index}`).join(', ')} are left out`)
  const main = mainGroup(groups)
  const tracks = groups.flatMap((group) => group.tracks)
  const end_s = Math.max(...tracks.map(endOf), video === null ? 0 : video.grid.frames / toNumber(video.grid.frame_rate))
  const languages = groups.map(({ tracks }) => canonicalLanguage(tracks[0].language ?? language))
  const labels = distinct(groups.map(({ tracks }, index) => labelOf(tracks[0], languages[index] ?? 'und', index)))
  const renditions = groups.map((group, index): AudioRendition => {
    const { filters, channels, note } = mix(group)
    if (note !== null) notes.push(`audio track #${group.tracks[0].index}: ${note}`)
    return {
      id: `a${index}`,
      stream_indexes: group.tracks.map((track) => track.index),
      pad_s: group.tracks.map((track) => silenceAfter(track, end_s)),
      filters,
      channels,
      // Mono at the rate of a stereo pair's half sounds alike (APPLE's range begins at 32 kbit/s).
      bitrate_kbps: channels === 1 ? Math.max(32, Math.round(profile.audio.bitrate_kbps / 2)) : profile.audio.bitrate_kbps,
      sample_rate: 48_000,
      loudness: profile.audio.loudness_lufs === null ? null : { target_lufs: profile.audio.loudness_lufs, peak_dbtp: profile.audio.peak_dbtp },
      language: languages[index] ?? 'und',
      label: labels[index] ?? `Audio ${index + 1}`,
      default: group === main,
      role: roleOf(group, main),
    }
  })
  const before = Math.min(...tracks.map(({ start_s }) => start_s))
  if (video !== null && before < -TOLD_S) notes.push(`the sound begins ${(-before).toFixed(1)} s before the first picture: so much of it is left out`)
  if (video !== null) notes.push(...endNotes(facts, Math.max(...tracks.map(endOf)), video.hold_frames > 0))
  const max_damaged = allowedDamage(tracks, profile)
  return { plan: { segment_s: segmentLength(video, profile), origin: originOf(facts, video, tracks), end_s, max_damaged, renditions }, notes }
}

/** Differences below a second are usual. */
const TOLD_S = 1

function endNotes({ video }: Facts, sound_s: number, held: boolean): string[] {
  const longer = sound_s - (video?.duration_s ?? sound_s)
  if (longer < -TOLD_S) return [`the sound ends ${(-longer).toFixed(1)} s before the pictures: silence follows`]
  if (longer <= TOLD_S) return []
  return [`the sound goes on for ${longer.toFixed(1)} s after the last picture, ${held ? 'which stands until then' : 'which most players let stand'}`]
}

function endOf({ start_s, duration_s }: AudioFacts): number {
  return start_s + duration_s
}

function silenceAfter(track: AudioFacts, end_s: number): number {
  const missing = Math.round((end_s - Math.max(0, endOf(track))) * 1e6) / 1e6
  return missing < SHORTEST_PAD_S ? 0 : missing
}

/** Where a recording was cut, decoders lose a packet or two, however short it is. */
function allowedDamage(tracks: readonly AudioFacts[], { limits }: Profile): number {
  const packets = tracks.reduce((sum, track) => sum + track.packets, 0)
  return 2 * tracks.length + Math.floor((packets * limits.max_damaged_percent) / 100)
}

function mix({ tracks }: TrackGroup): ReturnType<typeof downmix> {
  // Joined mono tracks arrive as two channels in the order of their streams.
  return tracks.length > 1 ? { channels: 2, filters: ['pan=stereo|FL=c0|FR=c1'], note: null } : downmix(tracks[0])
}

/** What plays unless the viewer chooses: marked as default and neither commentary nor description, else the first such. */
function mainGroup(groups: readonly TrackGroup[]): TrackGroup | undefined {
  const plain = groups.filter(({ tracks: [track] }) => !track.commentary && !track.described)
  return plain.find(({ tracks: [track] }) => track.default) ?? plain[0] ?? groups[0]
}

function roleOf(group: TrackGroup, main: TrackGroup | undefined): string {
  const [track] = group.tracks
  if (track.commentary) return 'commentary'
  if (track.described) return 'description'
  return group === main ? 'main' : 'alternate'
}

function labelOf(track: AudioFacts, language: string, index: number): string {
  const kind = track.commentary ? 'commentary' : track.described ? 'description' : null
  return trackLabel({ language, title: track.title, kind, fallback: `Audio ${index + 1}` })
}

function segmentLength(video: VideoPlan | null, profile: Profile): Rational {
  if (video === null) return audioSegment(profile.segment_s)
  const { segment_frames, frame_rate } = video.grid
  return reduced(segment_frames * frame_rate.den, frame_rate.num)
}

function originOf({ video }: Facts, planned: VideoPlan | null, tracks: readonly AudioFacts[]): Rational {
  if (planned !== null && video !== null) return reduced(video.zero_pts * video.time_base.num, video.time_base.den)
  const [first] = tracks.toSorted((a, b) => a.start_s - b.start_s)
  return first === undefined ? rational(0) : reduced(first.start_pts * first.time_base.num, first.time_base.den)
}

function reduced(num: number, den: number): Rational {
  const divide = (a: number, b: number): number => (b === 0 ? a : divide(b, a % b))
  const by = divide(Math.abs(num), den)
  return rational(num / by, den / by)
}
