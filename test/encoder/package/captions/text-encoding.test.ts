import t from 'tap'
import { decodeText } from '../../../../encoder/package/captions/text-encoding.ts'

const text = '1\n00:00:01,000 --> 00:00:02,000\nGrün – größer €\n'

function utf16(text: string, order: 'le' | 'be'): Buffer {
  const bytes = Buffer.from(text, 'utf16le')
  return order === 'le' ? bytes : bytes.swap16()
}

void t.test('captions are read whatever encoding they are in', (t) => {
  const windows = Buffer.from(text.replace('€', '\u0080').replace('–', '\u0096'), 'latin1')
  const cases: readonly (readonly [string, Buffer, string, boolean])[] = [
    ['UTF-8', Buffer.from(text), 'utf-8', false],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`), 'utf-8', false],
    ['UTF-16 little-endian', utf16(`\ufeff${text}`, 'le'), 'utf-16le', false],
    ['UTF-16 big-endian', utf16(`\ufeff${text}`, 'be'), 'utf-16be', false],
    ['UTF-16 little-endian without a mark', utf16(text, 'le'), 'utf-16le', false],
    ['UTF-16 big-endian without a mark', utf16(text, 'be'), 'utf-16be', false],
    ['Windows-1252', windows, 'windows-1252', true],
  ]
  for (const [name, bytes, encoding, guessed] of cases) t.same(decodeText(bytes, 'de'), { text, encoding, guessed }, name)
  t.end()
})

void t.test('an old encoding is concluded from the language', (t) => {
  t.same(decodeText(Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]), 'ru-RU'), { text: 'Привет', encoding: 'windows-1251', guessed: true })
  t.same(decodeText(Buffer.from([0x82, 0xb1, 0x82, 0xf1]), 'ja').text, 'こん')
  t.same(decodeText(Buffer.from([0xb3, 0xf3, 0xb9]), 'pl').text, 'łóą')
  t.end()
})
