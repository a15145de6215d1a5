import { array, assert, property, stringMatching, uint8Array } from 'fast-check'
import t from 'tap'
import { ASSET_NAME_MAX, assetPlace, isAssetName } from '../../../encoder/intake/asset-name.ts'

const PROFILES = new Set(['default', 'uhd', 'audio'])
const placeOf = (path: string | Buffer) => assetPlace(Buffer.from(path as string), PROFILES)
const nameOf = (path: string | Buffer) => placeOf(path).asset

t.test('a plain name stays as it is, without the ending of its container', async (t) => {
  for (const [path, asset] of [
    ['film.mp4', 'film'],
    ['Film_2.final.MOV', 'Film_2.final'],
    ['shows/s1/e1.mkv', 'shows/s1/e1'],
    ['film', 'film'],
    ['talk.v2', 'talk.v2'],
    ['2024.01.02', '2024.01.02'],
    ['film.mp4.mp4', 'film.mp4'],
  ] as const) {
    t.equal(nameOf(path), asset)
  }
})

t.test('the top folder of a profile selects it and is no part of the name', async (t) => {
  t.same(placeOf('uhd/shows/e1.mp4'), { profile: 'uhd', asset: 'shows/e1' })
  t.same(placeOf('shows/uhd/e1.mp4'), { profile: 'default', asset: 'shows/uhd/e1' })
  t.same(placeOf('uhd.mp4'), { profile: 'default', asset: 'uhd' })
  t.same(placeOf('uhd'), { profile: 'default', asset: 'uhd' })
  t.same(placeOf('toString/a.mp4'), { profile: 'default', asset: 'toString/a' })
})

t.test('what is lost is told by a hash, so that two names do not meet', async (t) => {
  const pairs = [
    ['a b.mp4', 'a-b.mp4'], ['a  b.mp4', 'a b.mp4'], ['Ärger.mp4', 'Arger.mp4'], ['映画.mp4', '電影.mp4'], ['Фильм/a.mp4', 'Ужасы/a.mp4'], ['-rf.mp4', 'rf.mp4'],
    ['master.m3u8/a.mp4', 'master-m3u8/a.mp4'], ['a:b.mp4', 'a?b.mp4'], ['．．/a.mp4', '../a.mp4'], ['a\nb.mp4', 'a\tb.mp4'],
  ] as const
  for (const [one, other] of pairs) t.not(nameOf(one), nameOf(other), JSON.stringify([one, other]))
  t.match(nameOf('Ärger im Büro.mp4'), /^Arger-im-Buro-[0-9a-f]{10}$/)
  t.match(nameOf('Straße – Œuvre.mp4'), /^Strasse-OEuvre-[0-9a-f]{10}$/)
  t.match(nameOf('映画.mp4'), /^untitled-[0-9a-f]{10}$/)
  t.match(nameOf(Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x6d, 0x70, 0x34])), /^f-[0-9a-f]{10}$/)
  t.not(nameOf(Buffer.from([0x66, 0xff])), nameOf(Buffer.from([0x66, 0xfe])))
})

t.test('one name in two normal forms is one asset', async (t) => {
  t.equal(nameOf('Über.mp4'.normalize('NFC')), nameOf('Über.mp4'.normalize('NFD')))
})

t.test('a long name is cut, and two of them stay two', async (t) => {
  const [a, b] = ['a', 'b'].map((end) => nameOf(`${'x'.repeat(120)}/${'y'.repeat(120)}${end}.mp4`))
  t.ok((a ?? '').length <= ASSET_NAME_MAX)
  t.not(a, b)
})

t.test('whatever the bytes, it is a name that can stand in keys, and only the ending is lost without a trace', async () => {
  const component = uint8Array({ minLength: 1, maxLength: 255 }).filter((bytes) => !bytes.includes(0) && !bytes.includes(0x2f) && !['.', '..'].includes(Buffer.from(bytes).toString('latin1')))
  const path = array(component, { minLength: 1, maxLength: 5 }).map((parts) => Buffer.from(parts.map((part) => Buffer.from(part).toString('latin1')).join('/'), 'latin1'))
  assert(property(path, (bytes) => isAssetName(nameOf(bytes))), { numRuns: 500 })
  assert(property(path, path, (a, b) => a.equals(b) || nameOf(a) !== nameOf(b)), { numRuns: 500 })
  const words = stringMatching(/^[ab é-]{1,4}$/)
  assert(property(words, words, (a, b) => a.normalize('NFC') === b.normalize('NFC') || nameOf(a) !== nameOf(b)), { numRuns: 1000 })
})
