import { runFfmpeg } from '../encode/ffmpeg.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import type { ProfileLimits } from '../plan/profile.ts'
import type { VideoFacts } from './facts.ts'
import { throwIfOver, type ProbeTime, type ProbeTools } from './ffprobe.ts'
import { inputOptions } from './input-options.ts'

/** Pixels decoded for a look: about 50 pictures of 1080p, half a second of one core; small clips fit in whole. */
const LOOK = 1e8
/** Even of the largest pictures. */
const LEAST = 24
/** A packet may hold one field, or nothing to show, but hardly more than every second one. */
const FEWEST = 0.4
const STALL_MS = 60_000

/**
 * Decodes the beginning, or all of a small clip. Where that shows damage, all of it is decoded and counted: refused with
 * `damaged` if it is more than the profile allows. Damage further on in a long source shows while it is encoded.
 */
export async function checkDamage(path: string, video: VideoFacts, limits: ProfileLimits, tools: ProbeTools, time: ProbeTime): Promise<void> {
  const lead = video.lead_packets
  const packets = video.packets - lead
  const look = Math.max(LEAST, Math.floor(LOOK / Math.max(1, video.width * video.height)))
  const whole = look >= packets
  const seen = await decode(path, video.index, whole ? null : look, tools, time)
  if (seen.pictures === 0) throw undecodable(video)
  if (seen.damaged <= lead && seen.pictures >= FEWEST * Math.min(look, packets)) return
  const all = whole ? seen : await decode(path, video.index, null, tools, time)
  const lost = all.pictures < FEWEST * packets ? packets - all.pictures : 0
  const damaged = Math.max(all.damaged - lead, lost)
  if (damaged * 100 <= limits.max_damaged_percent * packets) return
  const percent = Math.min(100, Math.ceil((damaged / packets) * 100))
  throw new JobError(
    jobErrors.damaged,
    `${damaged} of its ${packets} pictures (${percent} %) cannot be decoded whole; the profile allows ${limits.max_damaged_percent} %`,
    'Copy it again or export it again. The profile’s max_damaged_percent says how much is accepted.',
    { damaged, pictures: packets },
  )
}

function undecodable({ codec }: VideoFacts): JobError {
  return new JobError(jobErrors.damaged, `not one of its pictures (${codec}) can be decoded`, 'Check whether it plays elsewhere, and export it again.', { at_s: 0 })
}

interface Decoded {
  readonly pictures: number
  readonly damaged: number
}

async function decode(path: string, stream: number, most: number | null, tools: ProbeTools, time: ProbeTime): Promise<Decoded> {
  let pictures = 0
  const limit = most === null ? [] : ['-frames:v', String(most)]
  try {
    const { damaged } = await runFfmpeg({
      tools: { ffmpeg: tools.ffmpeg, launcher: [...tools.launcher, ...time.fence] },
      args: ['-max_error_rate', '1', ...inputOptions(path), '-map', `0:${stream}`, '-fps_mode', 'passthrough', ...limit, '-f', 'null', '-'],
      signal: time.signal,
      stallMs: STALL_MS,
      onProgress: ({ frame }) => (pictures = frame),
      label: 'decoding the source to look for damage',
    })
    return { pictures, damaged }
  } catch (error) {
    throwIfOver(time)
    // No decoder for the codec, or not one picture to begin with.
    if (error instanceof JobError && error.kind === jobErrors.toolFailed) return { pictures: 0, damaged: 0 }
    throw error
  }
}
