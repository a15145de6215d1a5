import type { Facts, VideoFacts } from '../probe/facts.ts'
import { rational, toNumber, type Rational } from '../rational.ts'
import { needsFlattening, flatten } from './alpha.ts'
import { planChunks } from './chunks.ts'
import { toBt709 } from './colour.ts'
import { chooseDeinterlace } from './deinterlace.ts'
import { chooseFrameRate } from './frame-rate.ts'
import { makeGrid } from './grid.ts'
import { hdrParams, markHdr } from './hdr.ts'
import { holdFrames } from './hold.ts'
import type { Ladder, LadderRung } from './ladder.ts'
import type { Rung, VideoPlan } from './plan.ts'
import type { Profile } from './profile.ts'
import { seekClass } from './seek.ts'
import { shareThreads } from './threads.ts'
import { toneMap } from './tone-map.ts'

export interface VideoWishes {
  /** Threads of each rung's encoder; 0: by cores. */
  readonly threads: number
  readonly cores: number
  /** The facts are those of our own remux of the source. Where its times still repeat it is decoded from its start. */
  readonly remuxed: boolean
}

/** Whether a copy in Matroska is encoded in place of the source: its times are in order there, and all its tracks are told in front. */
export function needsRemux({ video, late_s }: Pick<Facts, 'video' | 'late_s'>): boolean {
  return (video !== null && video.jumps.length > 0) || late_s !== null
}

export function planVideo(facts: Facts, video: VideoFacts, ladder: Ladder, profile: Profile, { threads, cores, remuxed }: VideoWishes): VideoPlan {
  const rate = chooseFrameRate(video.frame_rate, video.repeated_fields, profile.max_frame_rate)
  const pictures = makeGrid(rate, video.duration_s, profile.segment_s)
  const hold_frames = holdFrames(video, facts, pictures)
  const grid = { ...pictures, frames: pictures.frames + hold_frames }
  const jumps = video.jumps.length > 0
  const shares = shareThreads(ladder.rungs.map(({ width, height }) => width * height), cores, threads)
  return {
    stream_index: video.index,
    origin_pts: video.start_pts,
    time_base: video.time_base,
    remux: remuxed || needsRemux(facts),
    late_s: facts.late_s,
    seek: seekClass(facts.container.format),
    grid,
    ...(video.rotation % 180 === 0 ? { width: video.width, height: video.height } : { width: video.height, height: video.width }),
    deinterlace: chooseDeinterlace(video),
    source_rate: quickerThan(rate, video.frame_rate),
    hold_frames,
    common_filters: commonFilters(video, ladder.rungs),
    max_damaged: video.lead_packets + Math.floor((video.packets * profile.limits.max_damaged_percent) / 100),
    rungs: ladder.rungs.map((rung, index) => planRung(video, rung, ladder.rungs, profile, shares[index] ?? 1)),
    chunks: planChunks(video, grid, { chunk_s: profile.chunk_s, early: profile.publish_early, seekable: !jumps }),
  }
}

/** Clocks of milliseconds would let now one and now three pictures go between two that stay. */
function quickerThan(rate: Rational, { kind, average }: VideoFacts['frame_rate']): Rational | null {
  const times = Math.round(toNumber(average) / toNumber(rate))
  return kind === 'constant' && times > 1 ? rational(rate.num * times, rate.den) : null
}

function keepsHdr(video: VideoFacts, rung: LadderRung): boolean {
  return video.colour.hdr !== 'sdr' && rung.settings.keep_hdr && rung.settings.codec === 'hevc'
}

/** What is done once for all rungs. Tone mapping is among it only where no rung keeps the HDR, at the size of the highest rung. */
function commonFilters(video: VideoFacts, rungs: readonly LadderRung[]): string[] {
  const filters = needsFlattening(video) ? flatten(video) : []
  // Even numbers before anything counts colour samples; cutting a line blurs nothing, scaling by a line would.
  if ((video.width % 2 === 1 || video.height % 2 === 1) && Math.min(video.width, video.height) > 1) filters.push('crop=floor(iw/2)*2:floor(ih/2)*2:0:0:exact=1')
  if (video.colour.hdr === 'sdr') return [...filters, ...toBt709(video)]
  const [highest] = rungs
  if (highest === undefined || rungs.some((rung) => keepsHdr(video, rung))) return filters
  return [...filters, `scale=${highest.width}:${highest.height}:flags=bicubic`, ...toneMap(video.colour)]
}

function planRung(video: VideoFacts, rung: LadderRung, rungs: readonly LadderRung[], profile: Profile, threads: number): Rung {
  const { settings, width, height } = rung
  const hdr = keepsHdr(video, rung)
  const mapped = video.colour.hdr !== 'sdr' && !hdr && rungs.some((other) => keepsHdr(video, other))
  return {
    id: settings.id,
    width,
    height,
    codec: settings.codec,
    range: hdr ? video.colour.hdr : 'sdr',
    pixel_format: hdr ? 'yuv420p10le' : 'yuv420p',
    filters: hdr ? [markHdr(video.colour)] : mapped ? [`scale=${width}:${height}:flags=bicubic`, ...toneMap(video.colour)] : [],
    preset: profile.preset,
    tune: settings.codec === 'hevc' && !['grain', 'animation'].includes(profile.tune ?? '') ? null : profile.tune,
    crf: settings.crf,
    maxrate_kbps: settings.maxrate_kbps,
    bufsize_kbps: Math.round(settings.maxrate_kbps * 1.5),
    threads,
    codec_params: hdr ? hdrParams(video.colour) : [],
  }
}
