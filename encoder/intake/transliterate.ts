/** Latin letters that Unicode does not decompose. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss', ẞ: 'SS', æ: 'ae', Æ: 'AE', œ: 'oe', Œ: 'OE', ø: 'o', Ø: 'O', đ: 'd', Đ: 'D', ð: 'd', Ð: 'D', þ: 'th', Þ: 'Th',
  ł: 'l', Ł: 'L', ħ: 'h', Ħ: 'H', ı: 'i', ŋ: 'ng', Ŋ: 'NG', ŧ: 't', Ŧ: 'T',
}

/** Latin letters without their accents; everything else as it is. */
export function transliterate(text: string): string {
  return Array.from(text, (character) => LETTERS[character] ?? character)
    .join('')
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
}
