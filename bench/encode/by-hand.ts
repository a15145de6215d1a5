import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plan, Rung, VideoPlan } from '../../encoder/plan/plan.ts'
import { formatRational } from '../../encoder/rational.ts'
import { ffmpeg } from '../../test/support/media/tools.ts'

/** What a person would write who wants this very ladder: one ffmpeg that decodes once, encodes all and cuts segments. No chunks, no checks, no loudness. */
export async function encodeByHand(plan: Plan, source: string, directory: string): Promise<void> {
  await run(plan, videoOf(plan).rungs, source, directory, true)
}

/** The same with an ffmpeg for each rendition, one after the other. */
export async function encodeEachByHand(plan: Plan, source: string, directory: string): Promise<void> {
  for (const [index, rung] of videoOf(plan).rungs.entries()) await run(plan, [rung], source, directory, index === 0)
}

async function run(plan: Plan, rungs: readonly Rung[], source: string, directory: string, sound: boolean): Promise<void> {
  const { grid } = videoOf(plan)
  const seconds = ((grid.segment_frames * grid.frame_rate.den) / grid.frame_rate.num).toFixed(6)
  for (const id of [...rungs.map((rung) => rung.id), ...(sound ? ['sound'] : [])]) await mkdir(join(directory, id), { recursive: true })
  const outs = rungs.map((_, index) => `[s${index}]`).join('')
  const scaled = rungs.map(({ width, height }, index) => `[s${index}]scale=${width}:${height}:flags=bicubic,setsar=1,format=yuv420p[o${index}]`)
  const graph = [`[0:v:0]fps=${formatRational(grid.frame_rate)},split=${rungs.length}${outs}`, ...scaled].join(';')
  const hls = (id: string) => ['-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_time', seconds, '-hls_list_size', '0', '-hls_playlist_type', 'vod', '-hls_segment_filename', join(directory, id, 's%05d.m4s'), join(directory, id, 'p.m3u8')]
  await ffmpeg([
    '-nostdin', '-v', 'error', '-y', '-i', source, '-filter_complex', graph,
    ...rungs.flatMap((rung, index) => [
      '-map', `[o${index}]`, '-c:v', 'libx264', '-preset', rung.preset, '-crf', String(rung.crf), '-maxrate', `${rung.maxrate_kbps}k`, '-bufsize', `${rung.bufsize_kbps}k`,
      '-g', String(grid.segment_frames), '-keyint_min', String(grid.segment_frames), '-sc_threshold', '0', '-threads', String(rung.threads), ...hls(rung.id),
    ]),
    ...(sound ? ['-map', '0:a:0', '-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-ar', '48000', ...hls('sound')] : []),
  ])
}

export function videoOf({ video }: Plan): VideoPlan {
  if (video === null) throw new Error('the clip has pictures')
  return video
}
