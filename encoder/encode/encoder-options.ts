import type { Grid, Rung } from '../plan/plan.ts'

/** Options of a rung's encoder. */
export function encoderOptions(rung: Rung, grid: Grid): string[] {
  const gop = String(grid.segment_frames)
  const rate = ['-crf', String(rung.crf), '-maxrate', `${rung.maxrate_kbps}k`, '-bufsize', `${rung.bufsize_kbps}k`]
  const tune = rung.tune === null ? [] : ['-tune', rung.tune]
  return rung.codec === 'h264' ? h264(rung, gop, [...tune, ...rate]) : hevc(rung, gop, [...tune, ...rate])
}

function h264(rung: Rung, gop: string, options: readonly string[]): string[] {
  const params = [
    // The threaded look-ahead is what makes x264 unrepeatable; off, it costs the same.
    'sync-lookahead=0',
    // x264 has no factor for its first I frame; this gives it the one of all others, so that a join cannot be seen.
    'zones=0,0,b=1.4',
    ...rung.codec_params,
  ]
  // Closed GOPs of one length in all rungs: no key frame where a scene changes.
  const gops = ['-g', gop, '-keyint_min', gop, '-sc_threshold', '0']
  return ['-c:v', 'libx264', '-preset', rung.preset, ...options, ...gops, '-threads', String(rung.threads), '-x264-params', params.join(':')]
}

function hevc(rung: Rung, gop: string, options: readonly string[]): string[] {
  // x265 knows neither -sc_threshold nor closed GOPs by default, and counts its threads in pools.
  const params = ['log-level=error', 'scenecut=0', 'open-gop=0', `keyint=${gop}`, `min-keyint=${gop}`, `pools=${rung.threads}`, ...rung.codec_params]
  // hvc1: parameter sets in the sample entry alone, which is what Apple's players take.
  return ['-c:v', 'libx265', '-preset', rung.preset, ...options, '-g', gop, '-x265-params', params.join(':'), '-tag:v', 'hvc1']
}
