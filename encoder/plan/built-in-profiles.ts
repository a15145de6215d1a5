import type { Profile, ProfileRung } from './profile.ts'

/**
 * Where the numbers come from. APPLE: “HLS Authoring Specification for Apple Devices”, appendix, table of H.264/AVC and
 * HEVC/H.265 bit rates at 30 fps. They are average rates there; here they are the ceiling of a capped CRF, so that easy
 * pictures cost less and hard ones no more. Sizes are the short sides of its 16:9 pictures.
 */
function h264(short_side: number, maxrate_kbps: number): ProfileRung {
  // CRF 23 is x264's own default.
  return { id: `v${short_side}`, short_side, codec: 'h264', crf: 23, maxrate_kbps, keep_hdr: false }
}

function hevc(short_side: number, maxrate_kbps: number): ProfileRung {
  // x265 at 28 looks like x264 at 23 (x265's documentation; ffmpeg's H.265 encoding guide): for large pictures rather a little better.
  return { id: `v${short_side}`, short_side, codec: 'hevc', crf: 25, maxrate_kbps, keep_hdr: true }
}

// APPLE: 1080 at 6000, 720 at 3000, 540 at 2000, 432 at 730 to 1100, 234 at 145. Its 360 at 365 is for cellular networks of its time;
// 360 here takes the 730 of the rung above it. Five rungs, each 1.5 to 2.7 times the one below: APPLE asks for 1.5 to 2.
const LADDER = [h264(1080, 6000), h264(720, 3000), h264(540, 2000), h264(360, 730), h264(234, 300)]

const DEFAULT: Profile = {
  name: 'default',
  rungs: LADDER,
  // The preset PeerTube ships for the same purpose. With a capped CRF a slower one saves bytes, not quality; measured
  // here: the shared decoding is 12 % of the work at `veryfast` and 5 % at `medium`.
  preset: 'veryfast',
  tune: null,
  // APPLE 1.14 allows up to 60.
  max_frame_rate: 60,
  // 96 frames at 25 fps = 180 AAC frames at 48 kHz. APPLE asks for 6 s; shorter ones start and switch sooner.
  segment_s: 4,
  // DESIGN.md: about 30 to 60 s; at 30 s what a chunk costs beyond one uninterrupted run is about 1 to 3 %.
  chunk_s: 30,
  // APPLE: stereo AAC from 32 to 160 kbit/s. EBU R 128: -23 LUFS, true peak at most -1 dBTP.
  audio: { bitrate_kbps: 128, loudness_lufs: -23, peak_dbtp: -1 },
  poster: true,
  storyboard: true,
  publish_early: true,
  limits: {
    // 8K (7680 × 4320), and twice as wide for panoramas.
    max_short_side: 4320,
    max_pixels: 4 * 4320 * 4320,
    max_duration_s: 12 * 3600,
    // 120 pictures a second for that long.
    max_frames: 12 * 3600 * 120,
    // Where a recording has more than one damaged picture in fifty, people see it.
    max_damaged_percent: 2,
  },
}

export const builtInProfiles = {
  default: DEFAULT,
  uhd: {
    ...DEFAULT,
    name: 'uhd',
    // APPLE: HEVC 2160 at 11,600 to 16,800, 1440 at 8,100; HDR a little more (9,700 and 13,900 to 20,000).
    rungs: [hevc(2160, 16_800), hevc(1440, 9700), ...LADDER],
  },
  audio: { ...DEFAULT, name: 'audio', rungs: [], poster: false, storyboard: false, audio: { ...DEFAULT.audio, bitrate_kbps: 160 } },
  preview: { ...DEFAULT, name: 'preview', rungs: [h264(360, 730)], preset: 'ultrafast', max_frame_rate: 30, storyboard: false, audio: { ...DEFAULT.audio, bitrate_kbps: 96 } },
} as const satisfies Record<string, Profile>
