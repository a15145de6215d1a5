import type { EncoderConfig } from '../config.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import { builtInProfiles } from './built-in-profiles.ts'
import type { Profile, ProfileAudio, ProfileLimits } from './profile.ts'

type Overrides = EncoderConfig['profiles'][string]

/** Names of all profiles: the built-in ones, then those of the configuration. */
export function profileNames(profiles: EncoderConfig['profiles']): string[] {
  return [...new Set([...Object.keys(builtInProfiles), ...Object.keys(profiles)])]
}

/** The profile of this name, complete. Throws `options_invalid` where there is none: only an options file can name what is not a folder's. */
export function resolveProfile(name: string, profiles: EncoderConfig['profiles']): Profile {
  const overrides = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (overrides === undefined && !isBuiltIn(name)) {
    throw new JobError(jobErrors.optionsInvalid, `there is no profile ${JSON.stringify(name)}`, `Name one of ${profileNames(profiles).join(', ')}, or describe it in encoder.toml under [profiles.${name}].`)
  }
  const basis = overrides?.based_on ?? name
  const base = isBuiltIn(basis) ? builtInProfiles[basis] : builtInProfiles.default
  return overrides === undefined ? base : override(name, base, overrides)
}

function isBuiltIn(name: string): name is keyof typeof builtInProfiles {
  return Object.hasOwn(builtInProfiles, name)
}

function override(name: string, base: Profile, changes: Overrides): Profile {
  return {
    name,
    rungs: [...(changes.rungs ?? base.rungs)].toSorted((a, b) => b.short_side - a.short_side),
    preset: changes.preset ?? base.preset,
    tune: changes.tune === undefined ? base.tune : changes.tune === 'none' ? null : changes.tune,
    max_frame_rate: changes.max_frame_rate ?? base.max_frame_rate,
    segment_s: changes.segment === undefined ? base.segment_s : changes.segment / 1000,
    chunk_s: changes.chunk === undefined ? base.chunk_s : changes.chunk / 1000,
    audio: audio(base.audio, changes),
    poster: changes.poster ?? base.poster,
    storyboard: changes.storyboard ?? base.storyboard,
    publish_early: changes.publish_early ?? base.publish_early,
    limits: limits(base.limits, changes),
  }
}

function audio(base: ProfileAudio, { audio_bitrate_kbps, loudness, loudness_lufs }: Overrides): ProfileAudio {
  return {
    bitrate_kbps: audio_bitrate_kbps ?? base.bitrate_kbps,
    loudness_lufs: loudness === 'source' ? null : (loudness_lufs ?? base.loudness_lufs),
    peak_dbtp: base.peak_dbtp,
  }
}

/** The other limits follow those that can be set, in the proportions of the built-in ones. */
function limits(base: ProfileLimits, { max_short_side, max_duration, max_damaged_percent }: Overrides): ProfileLimits {
  const side = max_short_side ?? base.max_short_side
  const duration = max_duration === undefined ? base.max_duration_s : max_duration / 1000
  return {
    max_short_side: side,
    max_pixels: side === base.max_short_side ? base.max_pixels : 4 * side * side,
    max_duration_s: duration,
    max_frames: Math.ceil((base.max_frames / base.max_duration_s) * duration),
    max_damaged_percent: max_damaged_percent ?? base.max_damaged_percent,
  }
}
