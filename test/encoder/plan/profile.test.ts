import t from 'tap'
import { EncoderConfigSchema, type EncoderConfig } from '../../../encoder/config.ts'
import { encoderFormats } from '../../../encoder/config-formats.ts'
import { builtInProfiles } from '../../../encoder/plan/built-in-profiles.ts'
import { profileHash } from '../../../encoder/plan/profile-hash.ts'
import { profileNames, resolveProfile } from '../../../encoder/plan/resolve-profile.ts'
import { parseConfig } from '../../../shared/config/load.ts'

function profiles(text: string): EncoderConfig['profiles'] {
  return parseConfig(EncoderConfigSchema, text, 'encoder.toml', { formats: encoderFormats }).profiles
}

t.test('the built-in profiles are there without a configuration', async (t) => {
  for (const name of ['default', 'uhd', 'audio', 'preview']) t.equal(resolveProfile(name, {}).name, name)
  t.match(resolveProfile('default', {}), { rungs: [{ id: 'v1080', codec: 'h264' }], audio: { loudness_lufs: -23, peak_dbtp: -1 } })
  t.same(resolveProfile('uhd', {}).rungs.slice(0, 2).map(({ id, codec, keep_hdr }) => [id, codec, keep_hdr]), [['v2160', 'hevc', true], ['v1440', 'hevc', true]])
  t.same(resolveProfile('audio', {}).rungs, [])
  t.equal(resolveProfile('preview', {}).rungs.length, 1)
})

t.test('a section of the same name changes fields of a built-in profile', async (t) => {
  const config = profiles('[profiles.default]\npreset = "slow"\nsegment = "6s"\nloudness = "source"\nmax_duration = "1h"\nmax_short_side = 1080\ntune = "none"\n')
  const { default: base } = builtInProfiles
  t.match(resolveProfile('default', config), { rungs: base.rungs, preset: 'slow', tune: null, segment_s: 6, audio: { loudness_lufs: null, bitrate_kbps: base.audio.bitrate_kbps } })
  t.match(resolveProfile('default', config).limits, { max_duration_s: 3600, max_frames: 3600 * 120, max_short_side: 1080, max_pixels: 4 * 1080 * 1080 })
})

t.test('a profile of one’s own is based on default, or on what it says; its rungs are put in order', async (t) => {
  const config = profiles(`
    [profiles.sport]
    based_on = "uhd"
    max_frame_rate = 50
    [profiles.small]
    rungs = [{ id = "low", short_side = 240, maxrate_kbps = 300 }, { id = "high", short_side = 480, maxrate_kbps = 1200, crf = 21 }]
  `)
  t.match(resolveProfile('sport', config), { name: 'sport', max_frame_rate: 50, rungs: builtInProfiles.uhd.rungs })
  t.match(resolveProfile('small', config), { name: 'small', rungs: [{ id: 'high', crf: 21, codec: 'h264' }, { id: 'low', crf: 23, keep_hdr: false }], preset: builtInProfiles.default.preset })
  t.same(profileNames(config), ['default', 'uhd', 'audio', 'preview', 'sport', 'small'])
})

t.test('a profile that nobody described is refused with the names that there are', async (t) => {
  for (const name of ['4k', 'constructor', '__proto__']) {
    t.throws(() => resolveProfile(name, profiles('[profiles.sport]')), { code: 'options_invalid', fault: 'source', message: new RegExp(name), advice: /default, uhd, audio, preview, sport/ })
  }
})

t.test('the hash tells settings apart, and nothing else', async (t) => {
  const { default: base, preview } = builtInProfiles
  t.match(profileHash(base), /^[0-9a-f]{64}$/)
  t.equal(profileHash({ ...base, name: 'other' }), profileHash(base), 'a name decides nothing')
  t.equal(profileHash(Object.fromEntries(Object.entries(base).toReversed()) as unknown as typeof base), profileHash(base), 'nor does the order of fields')
  t.not(profileHash(preview), profileHash(base))
  t.not(profileHash({ ...base, rungs: base.rungs.toReversed() }), profileHash(base))
  t.not(profileHash({ ...base, audio: { ...base.audio, bitrate_kbps: 129 } }), profileHash(base))
})
