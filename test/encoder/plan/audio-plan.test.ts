import * as fc from 'fast-check'
import t from 'tap'
import { planAudio } from '../../../encoder/plan/audio-plan.ts'
import { builtInProfiles } from '../../../encoder/plan/built-in-profiles.ts'
import { downmix } from '../../../encoder/plan/downmix.ts'
import { rational } from '../../../encoder/rational.ts'
import { testAudio, testFacts, testVideo } from '../../support/facts.ts'

const { default: usual, audio: soundOnly } = builtInProfiles

function plan(tracks: readonly Parameters<typeof testAudio>[0][], language?: string) {
  const facts = testFacts({ video: null, audio: tracks.map((track, index) => testAudio({ index: index + 1, ...track })) })
  const { plan, notes } = planAudio(facts, null, usual, language)
  return { renditions: plan?.renditions ?? [], notes, plan }
}

t.test('5.1 becomes stereo by BS.775: centre and surrounds at -3 dB, the low-frequency channel left out', async (t) => {
  const { filters, channels, note } = downmix({ layout: '5.1(side)', channels: 6 })
  t.equal(channels, 2)
  t.same(filters, ['aformat=sample_fmts=fltp', 'pan=stereo|FL<c0+0.707*c2+0.707*c4|FR<c1+0.707*c2+0.707*c5'])
  t.match(note, /5\.1\(side\) is mixed down to stereo, without the low-frequency channel/)
})

t.test('7.1 and layouts that are not named', async (t) => {
  t.equal(downmix({ layout: '7.1', channels: 8 }).filters[1], 'pan=stereo|FL<c0+0.707*c2+0.707*c4+0.707*c6|FR<c1+0.707*c2+0.707*c5+0.707*c7')
  t.same(downmix({ layout: null, channels: 6 }).filters, downmix({ layout: '5.1', channels: 6 }).filters, 'six channels without a layout are 5.1')
  t.equal(downmix({ layout: '4 channels (FL+FR+LFE+BC)', channels: 4 }).filters[1], 'pan=stereo|FL<c0+0.5*c3|FR<c1+0.5*c3')
  t.same(downmix({ layout: null, channels: 16 }), { channels: 2, filters: ['pan=stereo|FL=c0|FR=c1'], note: 'of 16 channels without a known layout the first two become left and right' })
})

t.test('mono stays mono at half the rate, stereo stays stereo', async (t) => {
  t.same(downmix({ layout: 'mono', channels: 1 }), { channels: 1, filters: [], note: null })
  t.same(downmix({ layout: null, channels: 2 }), { channels: 2, filters: [], note: null })
  t.match(plan([{ channels: 1, layout: 'mono' }]).renditions, [{ channels: 1, bitrate_kbps: 64, filters: [] }])
})

t.test('each language is a rendition, by its own name; the one marked as default plays', async (t) => {
  const { renditions } = plan([{ language: 'eng' }, { language: 'ger', default: true }, { language: 'fr-CA' }])
  t.match(renditions, [
    { id: 'a0', language: 'en', label: 'English', default: false, role: 'alternate', stream_indexes: [1] },
    { id: 'a1', language: 'de', label: 'Deutsch', default: true, role: 'main', stream_indexes: [2] },
    { id: 'a2', language: 'fr-CA', label: 'Français canadien', default: false, role: 'alternate' },
  ])
})

t.test('a commentary or a description never plays by default, and says what it is', async (t) => {
  const { renditions } = plan([{ language: 'eng', commentary: true, default: true }, { language: 'eng' }, { language: 'eng', described: true }])
  t.match(renditions, [
    { label: 'English (commentary)', role: 'commentary', default: false },
    { label: 'English', role: 'main', default: true },
    { label: 'English (description)', role: 'description', default: false },
  ])
})

t.test('titles that people wrote are labels, those that programs write are not; labels differ', async (t) => {
  const labels = plan([{ title: 'Director’s cut', language: 'eng' }, { title: 'SoundHandler', language: 'eng' }, { title: 'Stereo', language: 'eng' }, { title: null }, { title: '#Mainconcept MP4 Sound Media Handler' }]).renditions
  t.same(labels.map(({ label }) => label), ['Director’s cut', 'English', 'English 2', 'Audio 4', 'Audio 5'])
})

t.test('the options file gives the language of tracks that do not say theirs', async (t) => {
  t.match(plan([{}, { language: 'eng' }], 'nl').renditions, [{ language: 'nl', label: 'Nederlands' }, { language: 'en' }])
})

t.test('of eight mono tracks the first two are left and right, the others are left out and named', async (t) => {
  const { renditions, notes } = plan(Array.from({ length: 8 }, () => ({ channels: 1, layout: 'mono' })))
  t.match(renditions, [{ stream_indexes: [1, 2], channels: 2, filters: ['pan=stereo|FL=c0|FR=c1'], bitrate_kbps: 128 }])
  t.equal(renditions.length, 1)
  t.same(notes, ['the mono audio tracks #1 and #2 become left and right of one stereo rendition', 'the mono audio tracks #3, #4, #5, #6, #7, #8 are left out'])
})

t.test('mono tracks of several languages pair up within their language; a commentary stands alone', async (t) => {
  const mono = { channels: 1, layout: 'mono' }
  const { renditions } = plan([{ ...mono, language: 'eng' }, { ...mono, language: 'fra' }, { ...mono, language: 'eng' }, { ...mono, language: 'eng', commentary: true }])
  t.same(renditions.map(({ stream_indexes, language }) => [stream_indexes, language]), [[[1, 3], 'en'], [[2], 'fr'], [[4], 'en']])
})

t.test('a mono track beside a stereo track is a rendition of its own', async (t) => {
  t.same(plan([{}, { channels: 1, layout: 'mono' }, { channels: 1, layout: 'mono' }]).renditions.map(({ stream_indexes }) => stream_indexes), [[1], [2], [3]])
})

t.test('audio counts from the first frame of the video, in its segments; alone, from its own start', async (t) => {
  const facts = testFacts({ video: testVideo({ start_pts: 126_000, rate: rational(30_000, 1001) }) })
  const { makePlan } = await import('../../../encoder/plan/make-plan.ts')
  const { audio } = makePlan(facts, usual, { options: {}, captions: [], threads: 0, cores: 4, verdict: { notes: [] } })
  t.match(audio, { origin: { num: 7, den: 5 }, segment_s: { num: 1001, den: 250 } })
  const alone = planAudio(testFacts({ video: null, audio: [testAudio({ start_pts: -1024 })] }), null, soundOnly, undefined)
  t.match(alone.plan, { origin: { num: -8, den: 375 }, segment_s: { num: 96, den: 25 }, renditions: [{ bitrate_kbps: 160 }] })
})

t.test('a source without sound has no audio plan', async (t) => {
  t.same(planAudio(testFacts({ audio: [] }), null, usual, undefined), { plan: null, notes: [] })
})

t.test('whatever tracks there are, exactly one plays by default, each stream is used at most once, no label stands twice', async () => {
  const track = fc.record({
    channels: fc.integer({ min: 1, max: 24 }),
    layout: fc.constantFrom(null, 'mono', 'stereo', '5.1', '7.1', 'nonsense'),
    language: fc.constantFrom(null, 'eng', 'deu', 'mul', 'x'),
    title: fc.option(fc.string()),
    default: fc.boolean(),
    commentary: fc.boolean(),
    described: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(track, { minLength: 1, maxLength: 12 }), (tracks) => {
      const { renditions } = plan(tracks)
      const streams = renditions.flatMap(({ stream_indexes }) => stream_indexes)
      const labels = renditions.map(({ label }) => label)
      return renditions.filter((rendition) => rendition.default).length === 1 && new Set(streams).size === streams.length && new Set(labels).size === labels.length && labels.every((label) => label !== '')
    }),
  )
})
