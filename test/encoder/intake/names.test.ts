import t from 'tap'
import { captionNaming, SourceNames } from '../../../encoder/intake/companions.ts'
import { kindOf } from '../../../encoder/intake/file-kind.ts'
import { numberedCompanion, numberedName, withEnding } from '../../../encoder/intake/numbered-name.ts'
import { plainNames } from '../../../encoder/intake/plain-names.ts'
import { showPath } from '../../../encoder/intake/show-path.ts'

const bytes = (text: string) => Buffer.from(text)

t.test('a path is shown on one line, exactly', async (t) => {
  t.equal(showPath(bytes('ä/film 1.mp4')), 'ä/film 1.mp4')
  t.equal(showPath(Buffer.from([0x61, 0xff, 0xc3, 0xa4, 0xe2, 0x82])), 'a\\xffä\\xe2\\x82')
  t.equal(showPath(bytes('a\nb\u001b[31m')), 'a\\x0ab\\x1b[31m')
  t.equal(showPath(bytes('a\\x0ab')), 'a\\\\x0ab')
  t.equal(showPath(bytes('fdp.\u202E4pm')), 'fdp.\\xe2\\x80\\xae4pm')
})

t.test('temporary names of browsers, editors and transfer programs', async (t) => {
  for (const name of ['film.mp4.part', 'film.PART', 'a.tmp', 'a.mp4.filepart', 'a.crdownload', '.a.mp4.swp', 'a.swp', 'a.mp4~', '.film.mp4.Xa31bc', '.DS_Store', '#film#']) t.equal(kindOf(bytes(name)), 'temporary', name)
  for (const name of ['film.mp4', 'part', 'tmp', '-film.mp4', 'a.part.mp4', 'film', '4913']) t.equal(kindOf(bytes(name)), 'source', name)
  t.equal(kindOf(bytes('film.JSON')), 'options')
  t.equal(kindOf(bytes('film.en.SRT')), 'captions')
  t.equal(kindOf(bytes('film.mp4.why.txt')), 'note')
})

t.test('companions find their source by the longest name', async (t) => {
  const names = new SourceNames(['film.en.mp4', 'film.mov', 'film.mp4', 'plain'])
  const owner = (name: string, kind: 'options' | 'captions' = 'captions') => names.ownerOf(name, kind)
  t.equal(owner('film.json', 'options'), 'film.mov')
  t.equal(owner('film.mp4.json', 'options'), 'film.mp4')
  t.equal(owner('film.en.json', 'options'), 'film.en.mp4')
  t.equal(owner('film.de.json', 'options'), undefined)
  t.equal(owner('film.srt'), 'film.mov')
  t.equal(owner('film.mp4.de.srt'), 'film.mp4')
  t.equal(owner('film.en.srt'), 'film.en.mp4')
  t.equal(owner('film.zh-Hans.forced.sdh.vtt'), 'film.mov')
  t.equal(owner('plain.en.srt'), 'plain')
  t.equal(owner('film.part2.srt'), undefined, 'a word that is neither language nor flag')
  t.equal(owner('other.en.srt'), undefined)
})

t.test('the name of a captions file says its language and what it is for', async (t) => {
  const naming = (name: string) => captionNaming(bytes('film.mp4'), bytes(name))
  const plain = { default: false, forced: false, hearing_impaired: false }
  t.same(naming('film.srt'), { language: 'und', ...plain })
  t.same(naming('film.ger.srt'), { language: 'de', ...plain })
  t.same(naming('film.pt_br.vtt'), { language: 'pt-BR', ...plain })
  t.same(naming('film.mp4.en.forced.srt'), { language: 'en', ...plain, forced: true })
  t.same(naming('film.forced.en.default.srt'), { language: 'en', ...plain, forced: true, default: true })
  t.same(naming('film.en.sdh.srt'), { language: 'en', ...plain, hearing_impaired: true })
  t.same(naming('film.hi.srt'), { language: 'hi', ...plain }, 'Hindi')
  t.same(naming('film.en.hi.srt'), { language: 'en', ...plain, hearing_impaired: true })
})

t.test('a name that is taken gets a number before its ending, its companions the same', async (t) => {
  t.equal(String(numberedName(bytes('film.mp4'), 1)), 'film.mp4')
  t.equal(String(numberedName(bytes('film.mp4'), 2)), 'film (2).mp4')
  t.equal(String(numberedName(bytes('film'), 3)), 'film (3)')
  t.equal(String(numberedCompanion(bytes('film.en.srt'), bytes('film.mp4'), 2)), 'film (2).en.srt')
  t.equal(String(numberedCompanion(bytes('film.mp4.json'), bytes('film.mp4'), 2)), 'film (2).mp4.json')
})

t.test('no name that is made is longer than a name can be, or ends within a character', async (t) => {
  const long = bytes(`${'ä'.repeat(125)}x.mp4`)
  t.equal(long.length, 255)
  for (const name of [numberedName(long, 12), numberedCompanion(bytes(`${'ä'.repeat(125)}x.srt`), long, 12), withEnding(long, '.why.txt')]) {
    t.ok(name.length <= 255)
    t.ok(Buffer.from(name.toString()).equals(name))
  }
  t.ok(numberedName(Buffer.alloc(255, 0xa4), 2).length <= 255)
})

t.test('in the work area files have plain names, whatever their own are', async (t) => {
  const files = ['/i/-x;$(rm).MP4', '/i/-x.json', '/i/-x.en.srt', '/i/-x.de.VTT'].map(bytes)
  t.same(plainNames(files), ['source.mp4', 'options.json', 'captions-0.srt', 'captions-1.vtt'])
  t.same(plainNames([bytes('/i/a.m p4')]), ['source'])
  t.same(plainNames([bytes('/i/film')]), ['source'])
})
