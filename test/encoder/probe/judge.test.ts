import t from 'tap'
import { builtInProfiles } from '../../../encoder/plan/built-in-profiles.ts'
import type { Profile } from '../../../encoder/plan/profile.ts'
import type { Facts } from '../../../encoder/probe/facts.ts'
import { judge } from '../../../encoder/probe/judge.ts'
import { testAudio, testFacts, testVideo } from '../../support/facts.ts'

const { default: usual, audio: soundOnly, uhd } = builtInProfiles
const ENCODERS = ['aac', 'libx264', 'libx265']
const FILTERS = ['bwdif', 'zscale', 'tonemap']

/** The verdict by an ffmpeg that has all, but for what is named. */
function verdict(facts: Facts, { profile = usual, without = [] }: { readonly profile?: Profile; readonly without?: readonly string[] } = {}) {
  const have = (names: readonly string[]) => new Set(names.filter((name) => !without.includes(name)))
  return judge(facts, profile, { encoders: have(ENCODERS), filters: have(FILTERS) })
}

t.test('an ordinary source is accepted without a word', async (t) => {
  t.same(verdict(testFacts()), { notes: [] })
})

t.test('a source of which the profile can make nothing is refused with what it lacks', async (t) => {
  t.throws(() => verdict(testFacts({ audio: [] }), { profile: soundOnly }), { code: 'profile_unfit', message: 'it has no sound, and the profile "audio" makes only sound', advice: /folder of another profile/ })
  t.same(verdict(testFacts({ video: null })).notes, [], 'sound alone is enough')
})

t.test('Dolby Vision 5 has no picture for other screens; 8 has', async (t) => {
  const dolby = (profile: number) => testFacts({ video: testVideo({ dolby_vision: { profile, compatibility: profile === 8 ? 1 : 0 } }) })
  t.throws(() => verdict(dolby(5)), { code: 'profile_unfit', message: /Dolby Vision profile 5/, advice: /profile 8, HDR10 or SDR/ })
  t.match(verdict(dolby(8)).notes, [/Dolby Vision data is left out/])
})

t.test('an ffmpeg that lacks something that this source needs is the host’s fault, and only then', async (t) => {
  const missing = (name: string, why: RegExp) => ({ code: 'codec_missing', fault: 'environment', message: new RegExp(`lacks the (?:encoder|filter) ${name}, needed for ${why.source}`) })
  const interlaced = testFacts({ video: testVideo({ field_order: 'top_first' }) })
  const hdr = testFacts({ video: testVideo({ width: 3840, height: 2160, colour: { hdr: 'pq', transfer: 'smpte2084', primaries: 'bt2020', matrix: 'bt2020nc' } }) })
  t.throws(() => verdict(testFacts(), { without: ['libx264'] }), missing('libx264', /the rung v1080/))
  t.throws(() => verdict(testFacts(), { without: ['aac'] }), missing('aac', /audio/))
  t.throws(() => verdict(interlaced, { without: ['bwdif'] }), missing('bwdif', /deinterlacing/))
  t.throws(() => verdict(hdr, { without: ['tonemap'] }), missing('tonemap', /tone mapping/))
  t.throws(() => verdict(hdr, { profile: uhd, without: ['libx265'] }), missing('libx265', /the rung v2160/))
  t.throws(() => verdict(testFacts({ video: testVideo({ colour: { matrix: 'bt2020nc', primaries: 'bt2020' } }) }), { without: ['zscale'] }), missing('zscale', /converting its colours/))
  t.same(verdict(testFacts({ audio: [] }), { without: ['aac', 'libx265', 'tonemap', 'zscale'] }).notes, ['it has no sound'])
  t.same(verdict(testFacts({ audio: [testAudio()] }), { profile: soundOnly, without: ['libx264', 'bwdif'] }).notes, ['the video is left out: the profile makes audio only'])
})
