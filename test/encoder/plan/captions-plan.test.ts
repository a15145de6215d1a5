import t from 'tap'
import type { SidecarCaptions } from '../../../encoder/intake/contract.ts'
import { planCaptions } from '../../../encoder/plan/captions-plan.ts'
import { testFacts, testSubtitle } from '../../support/facts.ts'

function sidecar(wish: Partial<SidecarCaptions> = {}): SidecarCaptions {
  return { path: '/work/jobs/1/source/captions-0.srt', language: 'en', label: null, default: false, forced: false, hearing_impaired: false, ...wish }
}

t.test('files beside the source and text tracks in it become captions, by the languages’ own names', async (t) => {
  const facts = testFacts({ subtitles: [testSubtitle({ index: 3, language: 'ger', forced: true }), testSubtitle({ index: 4, language: 'spa', hearing_impaired: true })] })
  const { captions, notes } = planCaptions(facts, [sidecar()])
  t.match(captions, [
    { id: 'c0', from: { file: '/work/jobs/1/source/captions-0.srt' }, language: 'en', label: 'English' },
    { id: 'c1', from: { stream_index: 3 }, language: 'de', label: 'Deutsch (forced)', forced: true },
    { id: 'c2', from: { stream_index: 4 }, language: 'es', label: 'Español (SDH)', hearing_impaired: true },
  ])
  t.same(notes, [])
})

t.test('picture subtitles are left out and named', async (t) => {
  const { captions, notes } = planCaptions(testFacts({ subtitles: [testSubtitle({ index: 5, kind: 'picture', codec: 'dvb_subtitle', language: 'deu' })] }), [])
  t.same(captions, [])
  t.same(notes, ['the picture subtitles in Deutsch (stream #5) are left out: dvb_subtitle holds pictures and no text'])
})

t.test('a file takes the place of the track of its language', async (t) => {
  const { captions, notes } = planCaptions(testFacts({ subtitles: [testSubtitle({ language: 'eng' }), testSubtitle({ index: 3, language: 'eng', forced: true })] }), [sidecar()])
  t.same(captions.map(({ from, forced }) => [from, forced]), [[{ file: '/work/jobs/1/source/captions-0.srt' }, false], [{ stream_index: 3 }, true]])
  t.match(notes, [/embedded captions in English \(stream #2\) are left out/])
})

t.test('at most one is shown by default; labels differ', async (t) => {
  const { captions } = planCaptions(testFacts({ subtitles: [testSubtitle({ default: true }), testSubtitle({ index: 3, default: true })] }), [])
  t.same(captions.map(({ label, default: shown, language }) => [label, shown, language]), [['Captions', true, 'und'], ['Captions 2', false, 'und']])
})
