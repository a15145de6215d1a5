import t from 'tap'
import { keysCommand } from '../../../encoder/encode/decode-keys.ts'
import { remuxCommand } from '../../../encoder/encode/remux-command.ts'
import { neededFor, videoCommand } from '../../../encoder/encode/video-command.ts'
import { SOURCE_OPTIONS } from '../../../encoder/probe/input-options.ts'
import type { Rung, VideoPlan } from '../../../encoder/plan/plan.ts'
import { rational } from '../../../encoder/rational.ts'

const input = ['-max_error_rate', '1', ...SOURCE_OPTIONS]

const h264: Rung = {
  id: 'v720', width: 1280, height: 720, codec: 'h264', range: 'sdr', pixel_format: 'yuv420p', filters: [], preset: 'veryfast', tune: null, crf: 23, maxrate_kbps: 3000,
  bufsize_kbps: 4500, threads: 2, codec_params: [],
}

const plan: VideoPlan = {
  stream_index: 0, origin_pts: 0, time_base: rational(1, 12_800), remux: false, late_s: null, seek: 'near',
  grid: { frame_rate: rational(25), segment_frames: 96, timescale: 90_000, frame_ticks: 3600, frames: 1500 },
  width: 1920, height: 1080, deinterlace: null, source_rate: null, hold_frames: 0, common_filters: [], max_damaged: 0, rungs: [h264, { ...h264, id: 'v360', width: 640, height: 360, maxrate_kbps: 800, bufsize_kbps: 1200, threads: 1, tune: 'film' }], chunks: [],
}

/** What every rung of a plan at 25 fps says after its encoder. */
function packaging(id: string, start: number): string[] {
  return [
    '-fps_mode', 'passthrough', '-map_metadata', '-1', '-map_chapters', '-1', '-avoid_negative_ts', 'disabled', '-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_flags', 'temp_file',
    '-hls_time', '0.5', '-hls_list_size', '0', '-hls_playlist_type', 'vod', '-start_number', String(start), '-hls_fmp4_init_filename', 'init.mp4',
    '-hls_segment_filename', `${id}/s%05d.m4s`, '-hls_segment_options', `movflags=+cmaf+frag_discont+skip_sidx:use_editlist=1:fragment_index=${start + 1}:video_track_timescale=90000`, `${id}/p.m3u8`,
  ]
}

t.test('from the start: all rungs from one decoding, no seek', async (t) => {
  t.same(videoCommand({ plan, source: '/sources/a b.mp4', chunk: { first_frame: 0, first_segment: 0 }, seek_pts: null, end_frame: null }), [
    ...input, '-copyts', '-itsoffset', '0.000001', '-reinit_filter', '0', '-i', 'file:/sources/a b.mp4', '-y', '-filter_complex',
    '[0:0]setpts=PTS-(0),scale=1920:1080:interl=-1,fps=25:eof_action=pass:start_time=0,trim=start_pts=0,split=2[s0][s1];' +
      '[s0]scale=1280:720:flags=bicubic,setsar=1,format=yuv420p[o0];[s1]scale=640:360:flags=bicubic,setsar=1,format=yuv420p[o1]',
    '-map', '[o0]', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-maxrate', '3000k', '-bufsize', '4500k', '-g', '96', '-keyint_min', '96', '-sc_threshold', '0',
    '-threads', '2', '-x264-params', 'sync-lookahead=0:zones=0,0,b=1.4', ...packaging('v720', 0),
    '-map', '[o1]', '-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'film', '-crf', '23', '-maxrate', '800k', '-bufsize', '1200k', '-g', '96', '-keyint_min', '96', '-sc_threshold', '0',
    '-threads', '1', '-x264-params', 'sync-lookahead=0:zones=0,0,b=1.4', ...packaging('v360', 0),
  ])
})

t.test('from a later chunk: the seek aims a little behind the key frame, and the numbers go on', async (t) => {
  const words = videoCommand({ plan: { ...plan, rungs: [h264] }, source: '/s.mp4', chunk: { first_frame: 768, first_segment: 8 }, seek_pts: 384_000, end_frame: null })
  t.same(words.slice(0, words.indexOf('-c:v')), [
    ...input, '-copyts', '-itsoffset', '0.000001', '-reinit_filter', '0', '-noaccurate_seek', '-seek_timestamp', '1', '-ss', '30.140000', '-i', 'file:/s.mp4', '-y', '-filter_complex',
    '[0:0]setpts=PTS-(0),scale=1920:1080:interl=-1,fps=25:eof_action=pass,trim=start_pts=768,scale=1280:720:flags=bicubic,setsar=1,format=yuv420p[o0]', '-map', '[o0]',
  ])
  t.same(words.slice(words.indexOf('-fps_mode')), packaging('v720', 8))
})

t.test('interlaced MPEG-TS that counts from 10 hours, one chunk alone: the seek aims a second before, the origin comes off before the fields are joined', async (t) => {
  const ts: VideoPlan = {
    ...plan, stream_index: 3, origin_pts: 3_240_000_000, time_base: rational(1, 90_000), seek: 'early', deinterlace: 'flagged', common_filters: ['zscale=matrix=709', 'setparams=colorspace=bt709'],
    rungs: [{ ...h264, filters: ['hflip'] }],
  }
  const chunk = { first_frame: 768, first_segment: 8 }
  const words = videoCommand({ plan: ts, source: '/s.ts', chunk, seek_pts: 3_242_700_000, end_frame: 1536 })
  t.same(words.slice(0, words.indexOf('-map')), [
    ...input, '-copyts', '-itsoffset', '0.000001', '-reinit_filter', '0', '-noaccurate_seek', '-seek_timestamp', '1', '-ss', '36029.000000', '-i', 'file:/s.ts', '-y', '-filter_complex',
    '[0:3]setpts=PTS-(3240000000),scale=1920:1080:interl=-1,bwdif=mode=send_frame:deint=interlaced,fps=25:eof_action=pass,trim=start_pts=768:end_pts=1536,zscale=matrix=709,setparams=colorspace=bt709,' +
      'hflip,scale=1280:720:flags=bicubic,setsar=1,format=yuv420p[o0]',
  ])
  t.notOk(videoCommand({ plan: ts, source: '/s.ts', chunk, seek_pts: 3_240_045_000, end_frame: null }).includes('-ss'), 'a key frame in the first second is found without')
  t.notOk(videoCommand({ plan: ts, source: '/s.ts', chunk, seek_pts: null, end_frame: null }).includes('-ss'))
})

t.test('HEVC in HDR at 23.976: x265 is told in its own words', async (t) => {
  const hevc: Rung = { ...h264, id: 'h2160', width: 3840, height: 2160, codec: 'hevc', range: 'pq', pixel_format: 'yuv420p10le', tune: 'grain', threads: 4, codec_params: ['hdr10=1', 'max-cll=1000,400'] }
  const grid = { frame_rate: rational(24_000, 1001), segment_frames: 96, timescale: 24_000, frame_ticks: 1001, frames: 1000 }
  const words = videoCommand({ plan: { ...plan, grid, rungs: [hevc] }, source: '/s.mkv', chunk: { first_frame: 0, first_segment: 0 }, seek_pts: null, end_frame: null })
  t.match(words[words.indexOf('-filter_complex') + 1], /fps=24000\/1001:.*format=yuv420p10le\[o0\]$/)
  t.same(words.slice(words.indexOf('-c:v'), words.indexOf('-fps_mode')), [
    '-c:v', 'libx265', '-preset', 'veryfast', '-tune', 'grain', '-crf', '23', '-maxrate', '3000k', '-bufsize', '4500k', '-g', '96',
    '-x265-params', 'log-level=error:scenecut=0:open-gop=0:keyint=96:min-keyint=96:pools=4:hdr10=1:max-cll=1000,400', '-tag:v', 'hvc1',
  ])
  t.match(words.at(-2), /video_track_timescale=24000$/)
})

t.test('what ffmpeg must have for a plan: its encoders and filters', async (t) => {
  const both: VideoPlan = { ...plan, deinterlace: 'all', common_filters: ['zscale=matrix=709:range=limited', 'setparams=range=tv'], rungs: [h264, { ...h264, codec: 'hevc', filters: ['format=gbrpf32le', 'tonemap=hable'] }] }
  t.same(neededFor(both), { encoders: new Set(['libx264', 'libx265']), filters: new Set(['zscale', 'setparams', 'format', 'tonemap', 'bwdif']) })
  t.same(neededFor(plan), { encoders: new Set(['libx264']), filters: new Set() })
})

t.test('segments shorter than half a second are cut at each key frame too', async (t) => {
  const words = videoCommand({ plan: { ...plan, grid: { ...plan.grid, segment_frames: 10 } }, source: '/s', chunk: { first_frame: 0, first_segment: 0 }, seek_pts: null, end_frame: null })
  t.equal(words[words.indexOf('-hls_time') + 1], '0.2')
})

t.test('a finished chunk: the key frames of all rungs, by one ffmpeg that forgives nothing', async (t) => {
  const asked = ['-xerror', '-threads', '1', '-skip_frame', 'nokey', '-protocol_whitelist', 'concat,file', '-f', 'mp4']
  t.same(keysCommand([{ id: 'v720', segments: [8, 9] }, { id: 'v360', segments: [100_000] }]), [
    ...asked, '-i', 'concat:v720/init.mp4|v720/s00008.m4s|v720/s00009.m4s', ...asked, '-i', 'concat:v360/init.mp4|v360/s100000.m4s',
    '-y', '-map', '0:v:0', '-map', '1:v:0', '-fps_mode', 'passthrough', '-f', 'null', '-',
  ])
})

t.test('a copy into Matroska: pictures that are no covers, sounds, and subtitles where they can be', async (t) => {
  const copy = ['-c', 'copy', '-f', 'matroska', '/area/copy.mkv']
  t.same(remuxCommand({ source: '/s.ts', target: '/area/copy.mkv', subtitles: true, late_s: null }), [...input, '-fflags', '+genpts', '-i', 'file:/s.ts', '-y', '-map', '0:V?', '-map', '0:a?', '-map', '0:s?', ...copy])
  t.same(remuxCommand({ source: '/s.ts', target: '/area/copy.mkv', subtitles: false, late_s: null }), [...input, '-fflags', '+genpts', '-i', 'file:/s.ts', '-y', '-map', '0:V?', '-map', '0:a?', ...copy])
})
