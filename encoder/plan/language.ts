/** A language as BCP 47 (`deu`, `ger` and `DE` become `de`); `und` for what is none or means none. */
export function canonicalLanguage(tag: string | null | undefined): string {
  const text = (tag ?? '').trim().replaceAll('_', '-')
  // `mis`, `mul` and `zxx` tell a player nothing that it could choose by.
  if (text === '' || /^(und|mis|mul|zxx|unk)$/i.test(text)) return 'und'
  try {
    const [canonical = 'und'] = Intl.getCanonicalLocales(text)
    // A language has two or three letters; QuickTime writes names like `english`, too.
    return /^[a-z]{2,3}(-|$)/.test(canonical) ? canonical : 'und'
  } catch (error) {
    if (error instanceof RangeError) return 'und'
    throw error
  }
}

/** The language's own name for itself, as menus show it: `Deutsch`, `français`; the tag where no name is known. */
export function languageName(language: string): string {
  const name = new Intl.DisplayNames([language], { type: 'language', fallback: 'code' }).of(language) ?? language
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1)
}
