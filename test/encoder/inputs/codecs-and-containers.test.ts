import t from 'tap'
import { comesOutRight, type Input } from '../../support/input-check.ts'

t.setTimeout(900_000)

const PCM = [{ codec: 'pcm_s16le' }]
const MP2 = [{ codec: 'mp2' }]
const OPUS = [{ codec: 'libopus' }]
const MXF = [{ codec: 'pcm_s16le', channels: 1 }]

const INPUTS: Readonly<Record<string, Input>> = {
  'H.264 in mp4, index in front': { file: 'clip.mp4', b_frames: 3, args: ['-movflags', '+faststart'] },
  'H.264 in fragmented mp4': { file: 'clip.mp4', b_frames: 2, gop: 12, args: ['-movflags', '+frag_keyframe+empty_moov+default_base_moof'] },
  'H.264 in mov': { file: 'clip.mov', b_frames: 2 },
  'H.264 in mkv': { file: 'clip.mkv', b_frames: 2 },
  'H.264 in ts': { file: 'clip.ts', b_frames: 2, gop: 30 },
  'H.264 in m2ts': { file: 'clip.m2ts', b_frames: 2, audio: [{ codec: 'ac3' }] },
  'H.264 in avi, which tells no times of presentation': { file: 'clip.avi', b_frames: 2, audio: [{ codec: 'ac3' }] },
  'H.264 in flv': { file: 'clip.flv', b_frames: 2, audio: [{ rate: 44_100 }] },
  'H.264 in mxf': { file: 'clip.mxf', gop: 1, audio: MXF },
  'HEVC in mp4': { file: 'clip.mp4', codec: 'libx265', b_frames: 3, open_gop: true, gop: 25, args: ['-tag:v', 'hvc1'] },
  'HEVC in ts': { file: 'clip.ts', codec: 'libx265', b_frames: 3, open_gop: true, gop: 25 },
  'AV1 in mp4': { file: 'clip.mp4', codec: 'libsvtav1', frames: 50 },
  'AV1 in webm': { file: 'clip.webm', codec: 'libsvtav1', frames: 50, audio: OPUS },
  'VP9 in webm': { file: 'clip.webm', codec: 'libvpx-vp9', audio: OPUS },
  'VP8 in mkv': { file: 'clip.mkv', codec: 'libvpx', audio: [{ codec: 'libvorbis' }] },
  'MPEG-2 in mpg': { file: 'clip.mpg', codec: 'mpeg2video', b_frames: 2, gop: 12, audio: MP2 },
  'MPEG-2 in ts': { file: 'clip.ts', codec: 'mpeg2video', b_frames: 2, gop: 12, audio: MP2 },
  'MPEG-2 in mxf': { file: 'clip.mxf', codec: 'mpeg2video', audio: MXF },
  'MPEG-4 in avi': { file: 'clip.avi', codec: 'mpeg4', b_frames: 2, audio: PCM },
  'MJPEG in avi': { file: 'clip.avi', codec: 'mjpeg', pixel_format: 'yuvj420p', audio: PCM },
  'MJPEG in mov': { file: 'clip.mov', codec: 'mjpeg', pixel_format: 'yuvj420p', audio: PCM },
  'ProRes in mov': { file: 'clip.mov', codec: 'prores_ks', pixel_format: 'yuv422p10le', audio: PCM },
  'ProRes in mkv': { file: 'clip.mkv', codec: 'prores_ks', pixel_format: 'yuv422p10le', audio: [{ codec: 'flac' }] },
  'DNxHD in mov': { file: 'clip.mov', codec: 'dnxhd', size: '1280x720', frames: 30, pixel_format: 'yuv422p', args: ['-b:v', '60M'], audio: PCM },
  'DNxHR in mxf': { file: 'clip.mxf', codec: 'dnxhd', size: '320x180', pixel_format: 'yuv422p', args: ['-profile:v', 'dnxhr_sq'], audio: MXF },
  'Sorenson in flv': { file: 'clip.flv', codec: 'flv', audio: [{ codec: 'libmp3lame', rate: 44_100 }] },
  'Theora in ogg': { file: 'clip.ogv', codec: 'libtheora', args: ['-q:v', '8'], audio: [{ codec: 'libvorbis' }] },
  'WMV in asf': { file: 'clip.wmv', codec: 'wmv2', args: ['-q:v', '2'], audio: [{ codec: 'wmav2' }] },
  'H.264 in 3gp': { file: 'clip.3gp', audio: [{ channels: 1 }] },
}

t.test('every codec and container comes out frame for frame, with its sound', async (t) => {
  for (const [name, input] of Object.entries(INPUTS)) {
    await t.test(name, async (t) => {
      await comesOutRight(t, { frames: 60, ...input })
    })
  }
})
