/** What editors wrote before UTF-8, by the language of the text. All other languages: windows-1252. */
const LEGACY: Readonly<Record<string, string>> = {
  cs: 'windows-1250', sk: 'windows-1250', pl: 'windows-1250', hu: 'windows-1250', sl: 'windows-1250', hr: 'windows-1250', ro: 'windows-1250',
  ru: 'windows-1251', uk: 'windows-1251', be: 'windows-1251', bg: 'windows-1251', sr: 'windows-1251', mk: 'windows-1251',
  el: 'windows-1253', tr: 'windows-1254', he: 'windows-1255', ar: 'windows-1256', fa: 'windows-1256',
  et: 'windows-1257', lv: 'windows-1257', lt: 'windows-1257', vi: 'windows-1258', th: 'windows-874',
  ja: 'shift_jis', ko: 'euc-kr', zh: 'gb18030',
}

export interface DecodedText {
  readonly text: string
  readonly encoding: string
  /** Whether the encoding was concluded from the language, since the bytes don't tell. */
  readonly guessed: boolean
}

/** Text of a file whose encoding nobody says: by its byte order mark, as UTF-8 where it is valid, else by the language. */
export function decodeText(bytes: Uint8Array, language: string): DecodedText {
  const marked = byteOrderMark(bytes) ?? withoutMark(bytes)
  if (marked !== null) return { text: new TextDecoder(marked).decode(bytes), encoding: marked, guessed: false }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'utf-8', guessed: false }
  } catch {
    const encoding = LEGACY[language.split('-')[0] ?? ''] ?? 'windows-1252'
    return { text: new TextDecoder(encoding).decode(bytes), encoding, guessed: true }
  }
}

function byteOrderMark([first, second, third]: Uint8Array): string | null {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : null
}

/** UTF-16 without a mark: captions begin with digits or `WEBVTT`, so every other byte is zero. */
function withoutMark([first, second, third, fourth]: Uint8Array): string | null {
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'utf-16le'
  return first === 0 && second !== 0 && third === 0 && fourth !== 0 ? 'utf-16be' : null
}
