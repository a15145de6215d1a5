import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MadeInit, MadeSegment } from '../../encoder/encode/records.ts'
import type { Plan, Rung } from '../../encoder/plan/plan.ts'
import { formatRational, toNumber } from '../../encoder/rational.ts'
import { readFragment } from './fragments.ts'
import { ffmpeg } from './media/tools.ts'

export interface MadeMedia {
  readonly inits: readonly MadeInit[]
  readonly segments: readonly MadeSegment[]
}

/** Segments that are made by hand: by the recipe of the encoder, in two processes for the pictures so that there is a join, but with none of its code. */
export async function makeMedia(directory: string, plan: Plan, options: { readonly joinAt?: number; readonly picture?: string; readonly filter?: string; readonly sound_s?: number } = {}): Promise<MadeMedia> {
  const { video, audio } = plan
  const { joinAt = 2, picture = 'testsrc2', filter = 'null', sound_s = plan.duration_s } = options
  if (video !== null) {
    const { grid, rungs } = video
    const join = joinAt * grid.segment_frames
    for (const [first, end] of join < grid.frames ? [[0, join], [join, grid.frames]] : [[0, grid.frames]]) {
      await encodeChunk(directory, rungs, `${picture}=s=${rungs[0]?.width}x${rungs[0]?.height}:r=${formatRational(grid.frame_rate)},${filter}`, grid, first ?? 0, end ?? 0)
    }
  }
  for (const [index, { id, channels, bitrate_kbps }] of (audio?.renditions ?? []).entries()) {
    const target = join(directory, id)
    await mkdir(target, { recursive: true })
    await ffmpeg([
      '-v', 'error', '-y', '-f', 'lavfi', '-i', `sine=f=${330 * (index + 1)}:r=48000:d=${sound_s}`, '-ac', String(channels), '-c:a', 'aac', '-b:a', `${bitrate_kbps}k`,
      '-bsf:a', String.raw`noise=drop=lt(pts\,0)`, '-map_metadata', '-1', '-avoid_negative_ts', 'disabled',
      ...hls(target, toNumber(audio?.segment_s ?? { num: 2, den: 1 }), 0, 'movflags=+cmaf+skip_sidx+frag_discont:use_editlist=0'),
    ])
  }
  return measure(directory, [...(video?.rungs ?? []), ...(audio?.renditions ?? [])].map(({ id }) => id))
}

async function encodeChunk(directory: string, rungs: readonly Rung[], source: string, grid: { readonly segment_frames: number; readonly timescale: number }, first: number, end: number): Promise<void> {
  const segment = first / grid.segment_frames
  const names = rungs.map((_, index) => `s${index}`)
  const graph = [
    `${source},trim=start_pts=${first}:end_pts=${end},split=${rungs.length}${names.map((name) => `[${name}]`).join('')}`,
    ...rungs.map(({ width, height }, index) => `[s${index}]scale=${width}:${height},setsar=1,format=yuv420p[o${index}]`),
  ].join(';')
  const outputs = await Promise.all(
    rungs.map(async ({ id, crf }, index) => {
      const target = join(directory, id)
      await mkdir(target, { recursive: true })
      return [
        '-map', `[o${index}]`, '-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(crf), '-g', String(grid.segment_frames), '-keyint_min', String(grid.segment_frames), '-sc_threshold', '0', '-threads', '1',
        '-x264-params', 'sync-lookahead=0', '-fps_mode', 'passthrough', '-map_metadata', '-1', '-avoid_negative_ts', 'disabled',
        ...hls(target, 0.5, segment, `movflags=+cmaf+frag_discont+skip_sidx:use_editlist=1:fragment_index=${segment + 1}:video_track_timescale=${grid.timescale}`),
      ]
    }),
  )
  await ffmpeg(['-v', 'error', '-y', '-filter_complex', graph, ...outputs.flat()])
}

function hls(target: string, seconds: number, first: number, segmentOptions: string): string[] {
  return [
    '-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_flags', 'temp_file', '-hls_time', String(seconds), '-hls_list_size', '0', '-hls_playlist_type', 'vod', '-start_number', String(first),
    '-hls_fmp4_init_filename', 'init.mp4', '-hls_segment_filename', join(target, 's%05d.m4s'), '-hls_segment_options', segmentOptions, join(target, 'list.m3u8'),
  ]
}

async function measure(directory: string, renditions: readonly string[]): Promise<MadeMedia> {
  const inits: MadeInit[] = []
  const segments: MadeSegment[] = []
  for (const rendition of renditions) {
    const path = join(directory, rendition, 'init.mp4')
    const init = await readFile(path)
    const names = (await readdir(join(directory, rendition))).filter((name) => name.endsWith('.m4s')).toSorted()
    let codec = ''
    for (const [number, name] of names.entries()) {
      const body = await readFile(join(directory, rendition, name))
      const { start, duration, timescale, samples, keyRange, codec: found } = readFragment(init, body)
      codec = found
      const isVideo = !found.startsWith('mp4a')
      segments.push({ path: join(directory, rendition, name), ...facts(body), rendition, number, start_ticks: start, duration_ticks: duration, timescale, frames: samples, key_range: isVideo ? keyRange : null })
    }
    inits.push({ path, ...facts(init), rendition, codecs: codec, timescale: segments.at(-1)?.timescale ?? 0 })
  }
  return { inits, segments }
}

export function facts(body: Buffer): { bytes: number; sha256: string } {
  return { bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') }
}
