import t from 'tap'
import { builtInProfiles } from '../../../encoder/plan/built-in-profiles.ts'
import { describePlan } from '../../../encoder/plan/describe.ts'
import { makePlan, type PlanContext } from '../../../encoder/plan/make-plan.ts'
import type { Profile } from '../../../encoder/plan/profile.ts'
import type { Facts } from '../../../encoder/probe/facts.ts'
import { rational } from '../../../encoder/rational.ts'
import { testAudio, testFacts, testSubtitle, testVideo } from '../../support/facts.ts'

const { default: usual, uhd, audio, preview } = builtInProfiles
const BT709 = 'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709'

function plan(facts: Facts, profile: Profile = usual, context: Partial<PlanContext> = {}) {
  return makePlan(facts, profile, { options: {}, captions: [], threads: 0, cores: 4, verdict: { notes: [] }, ...context })
}

t.test('the plan of an ordinary file, as a person reads it', async (t) => {
  const facts = testFacts({ audio: [testAudio({ language: 'eng', default: true })], subtitles: [testSubtitle({ language: 'deu' })] })
  t.equal(
    describePlan(facts, plan(facts, usual, { verdict: { notes: ['the timecode track (tmcd) is left out'] } })),
    `Source   mov, 2:00.0, 1920×1080 h264 High 25 fps, 1 audio track
Profile  default

Video    25 fps, 3000 frames, segments of 96 frames (3.84 s)
  v1080  made  h264 veryfast, CRF 23, at most 6000 kbit/s, 4 threads  1920×1080
  v720   made  h264 veryfast, CRF 23, at most 3000 kbit/s, 2 threads  1280×720
  v540   made  h264 veryfast, CRF 23, at most 2000 kbit/s, 2 threads  960×540
  v360   made  h264 veryfast, CRF 23, at most 730 kbit/s, 2 threads   640×360
  v234   made  h264 veryfast, CRF 23, at most 300 kbit/s, 2 threads   416×234
Chunks   5: the first of 11.52 s, the others of 23.04 to 30.72 s

Audio    segments of 3.84 s
  a0  default  stereo AAC 128 kbit/s, -23 LUFS  English [en], main, of track #1

Captions
  c0  -  Deutsch [de]  from stream #2

Pictures poster at 12 s, storyboard of a 160×90 tile each 2 s

Notes
  - the timecode track (tmcd) is left out
`,
  )
})

t.test('the plan of a short file, whole', async (t) => {
  const facts = testFacts({ video: testVideo({ seconds: 5, width: 640, height: 360, rate: rational(30_000, 1001), start_pts: 3003 }), audio: [testAudio({ duration_s: 5.005 })] })
  const { profile_hash, ...rest } = plan(facts, preview)
  t.match(profile_hash, /^[0-9a-f]{64}$/)
  t.strictSame(rest, {
    recipe: 2,
    profile: 'preview',
    duration_s: 5.005,
    video: {
      stream_index: 0,
      origin_pts: 3003,
      time_base: { num: 1, den: 90_000 },
      remux: false,
      late_s: null,
      seek: 'near',
      grid: { frame_rate: { num: 30_000, den: 1001 }, segment_frames: 120, timescale: 30_000, frame_ticks: 1001, frames: 150 },
      width: 640,
      height: 360,
      deinterlace: 'guard',
      source_rate: null,
      hold_frames: 0,
      common_filters: [BT709],
      max_damaged: 3,
      rungs: [{
        id: 'v360', width: 640, height: 360, codec: 'h264', range: 'sdr', pixel_format: 'yuv420p', filters: [], preset: 'ultrafast', tune: null,
        crf: 23, maxrate_kbps: 730, bufsize_kbps: 1095, threads: 6, codec_params: [],
      }],
      chunks: [{ index: 0, first_frame: 0, end_frame: null, first_segment: 0, segments: 2, seek_pts: [] }],
    },
    audio: {
      segment_s: { num: 1001, den: 250 },
      origin: { num: 1001, den: 30_000 },
      end_s: 5.005,
      max_damaged: 114,
      renditions: [{
        id: 'a0', stream_indexes: [1], pad_s: [0], filters: [], channels: 2, bitrate_kbps: 96, sample_rate: 48_000, loudness: { target_lufs: -23, peak_dbtp: -1 },
        language: 'und', label: 'Audio 1', default: true, role: 'main',
      }],
    },
    captions: [],
    pictures: { poster_at_s: 0.5, storyboard: null },
    notes: [],
    considered: [{ rung: 'v360', made: true, why: '640×360' }],
  })
})

t.test('the same facts give the same plan', async (t) => {
  t.strictSame(plan(testFacts()), plan(testFacts()))
})

t.test('SDR of other colours is brought to BT.709, limited range; what a file does not say is guessed by its size', async (t) => {
  const filters = (video: Parameters<typeof testVideo>[0]) => plan(testFacts({ video: testVideo(video) })).video?.common_filters
  const silent = { primaries: null, transfer: null, matrix: null, range: null }
  t.same(filters({}), [BT709])
  t.same(filters({ colour: silent }), [BT709], 'HD that says nothing is BT.709')
  t.match(filters({ width: 720, height: 576, colour: silent })?.[0], /^zscale=matrixin=170m:primariesin=bt470bg:transferin=709:rangein=limited:matrix=709/)
  t.match(filters({ width: 720, height: 480, colour: silent })?.[0], /matrixin=170m:primariesin=170m/)
  t.match(filters({ colour: { matrix: 'bt2020nc', primaries: 'bt2020', transfer: 'bt2020-10' } })?.[0], /matrixin=2020_ncl:primariesin=2020:transferin=709/)
  t.same(filters({ pixel_format: 'yuvj422p', colour: { range: 'full' } }), ['zscale=matrixin=709:primariesin=709:transferin=709:rangein=full:matrix=709:primaries=709:transfer=709:range=limited', 'format=yuv422p', BT709])
  t.match(filters({ pixel_format: 'gbrp10le', colour: silent })?.[0], /matrixin=gbr:primariesin=709:transferin=709:rangein=full/)
})

t.test('odd sizes are cut by a line, transparency becomes black', async (t) => {
  t.match(plan(testFacts({ video: testVideo({ width: 853, height: 481 }) })).video?.common_filters[0], /^crop=floor\(iw\/2\)\*2/)
  t.same(plan(testFacts({ video: testVideo({ pixel_format: 'yuva444p12le', bit_depth: 12, alpha: true }) })).video?.common_filters.slice(0, 3), ['format=yuva444p10le', 'premultiply=inplace=1', 'format=yuv444p10le'])
})

t.test('HDR becomes SDR once for all rungs, at the size of the highest', async (t) => {
  const video = testVideo({ width: 3840, height: 2160, pixel_format: 'yuv420p10le', bit_depth: 10, colour: { hdr: 'pq', transfer: 'smpte2084', primaries: 'bt2020', matrix: 'bt2020nc', max_content_light: 800, mastering_peak: 1000 } })
  const made = plan(testFacts({ video })).video
  t.same(made?.common_filters, [
    'scale=1920:1080:flags=bicubic',
    'zscale=matrixin=2020_ncl:primariesin=2020:transferin=smpte2084:rangein=limited:transfer=linear:npl=100',
    'format=gbrpf32le',
    'zscale=primaries=709',
    'tonemap=tonemap=hable:desat=0:peak=8',
    'zscale=transfer=709:matrix=709:primaries=709:range=limited',
    BT709,
  ])
  t.ok(made?.rungs.every(({ range, pixel_format, filters }) => range === 'sdr' && pixel_format === 'yuv420p' && filters.length === 0))
})

t.test('where the profile keeps HDR, its HEVC rungs have it in ten bits with its metadata, the others are tone-mapped each', async (t) => {
  const mastering = 'G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)'
  const video = testVideo({ width: 3840, height: 2160, colour: { hdr: 'pq', max_content_light: 1000, max_average_light: 400, mastering_display: mastering } })
  const made = plan(testFacts({ video }), uhd).video
  t.same(made?.common_filters, [])
  t.match(made?.rungs[0], { id: 'v2160', codec: 'hevc', range: 'pq', pixel_format: 'yuv420p10le', filters: [/setparams=.*smpte2084/] })
  t.same(made?.rungs[0]?.codec_params.slice(-4), ['hdr10=1', 'hdr10-opt=1', `master-display=${mastering}`, 'max-cll=1000,400'])
  t.match(made?.rungs.find(({ id }) => id === 'v1080'), { range: 'sdr', filters: ['scale=1920:1080:flags=bicubic', /^zscale/], codec_params: [] })
  const hlg = plan(testFacts({ video: testVideo({ width: 3840, height: 2160, colour: { hdr: 'hlg' } }) }), uhd).video?.rungs[0]
  t.match(hlg, { range: 'hlg', codec_params: ['colorprim=bt2020', 'transfer=arib-std-b67', 'colormatrix=bt2020nc', 'range=limited'] })
})

t.test('interlaced pictures are deinterlaced, all or only those that are marked', async (t) => {
  const deinterlace = (field_order: 'progressive' | 'top_first' | 'bottom_first' | 'mixed') => plan(testFacts({ video: testVideo({ field_order }) })).video?.deinterlace
  t.same([deinterlace('progressive'), deinterlace('top_first'), deinterlace('bottom_first'), deinterlace('mixed')], ['guard', 'all', 'all', 'flagged'])
  t.equal(plan(testFacts({ video: testVideo({ codec: 'vp9' }) })).video?.deinterlace, null, 'and none where the codec knows no fields')
})

t.test('the container tells how a seek must aim', async (t) => {
  const seek = (format: string) => plan(testFacts({ format })).video?.seek
  t.same(['mov,mp4,m4a,3gp,3g2,mj2', 'matroska,webm', 'mpegts', 'mpeg', 'flv', 'avi', 'mxf', 'asf'].map(seek), ['near', 'near', 'early', 'early', 'early', 'early', 'early', 'early'])
})

t.test('a source whose times jump is remuxed, but not twice', async (t) => {
  const facts = testFacts({ video: testVideo({ jumps: [{ at_s: 5, by_s: 3600 }] }), format: 'mpegts' })
  t.match(plan(facts).video, { remux: true })
  t.match(plan(testFacts(), usual, { remuxed: true }).video, { remux: true }, 'the plan of the copy says so, or the source itself would be encoded by it')
  t.match(plan(testFacts({ late_s: 30 })).video, { remux: true, late_s: 30 })
  t.ok(plan(facts).video?.chunks.every(({ seek_pts }) => seek_pts.length === 0))
})

t.test('audio alone, and video that the profile leaves out', async (t) => {
  t.match(plan(testFacts({ video: null })), { video: null, pictures: null, audio: { renditions: [{ id: 'a0' }] }, considered: [{ rung: 'v1080', made: false, why: 'the source has no video' }] })
  t.match(plan(testFacts(), audio), { video: null, pictures: null, considered: [], audio: { segment_s: { num: 96, den: 25 } } })
})

t.test('one frame is an asset, too', async (t) => {
  const made = plan(testFacts({ video: testVideo({ seconds: 0.04 }), audio: [] }))
  t.match(made, { video: { grid: { frames: 1 }, chunks: [{ segments: 1 }] }, audio: null, pictures: { storyboard: null } })
})

t.test('threads: by cores and pixels, at most eight; as many as the configuration says', async (t) => {
  const threads = (cores: number, fixed = 0) => plan(testFacts(), usual, { cores, threads: fixed }).video?.rungs.map((rung) => rung.threads)
  t.same(threads(1), [1, 1, 1, 1, 1])
  t.same(threads(2), [2, 2, 2, 2, 2])
  t.same(threads(64), [8, 8, 8, 6, 3])
  t.same(threads(64, 3), [3, 3, 3, 3, 3])
})

t.test('a portrait video is described by its own size', async (t) => {
  const facts = testFacts({ video: testVideo({ width: 1920, height: 1080, rotation: 90, display_width: 1080, display_height: 1920 }) })
  t.match(plan(facts).video?.rungs[0], { width: 1080, height: 1920 })
  t.match(plan(facts).pictures?.storyboard, { tile_width: 90, tile_height: 160 })
})
