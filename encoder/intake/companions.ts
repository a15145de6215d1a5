import { keyOf, type PathBytes, splitExtension } from './path-bytes.ts'

/** What the name of a captions file says of it. */
export interface CaptionNaming {
  /** BCP 47; `und` where the name does not say. */
  readonly language: string
  readonly default: boolean
  readonly forced: boolean
  readonly hearing_impaired: boolean
}

const LANGUAGE = /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*$/i

/** One folder's sources by the names that companions may begin with: `film.mp4` is found as `film.mp4` and as `film`. */
export class SourceNames {
  readonly #byName = new Map<string, string>()

  /** `names` one character per byte, in order: where two share a stem (`film.mov`, `film.mp4`), `film.json` belongs to the first. */
  constructor(names: readonly string[]) {
    for (const name of names) this.#byName.set(name, name)
    for (const name of names) {
      const stem = stemOf(name)
      if (!this.#byName.has(stem)) this.#byName.set(stem, name)
    }
  }

  /** The source that `<name>.json` or `<name>.<language>.srt` belongs to; the longest name that fits. */
  ownerOf(companion: string, kind: 'options' | 'captions'): string | undefined {
    let rest = stemOf(companion)
    for (;;) {
      const owner = this.#byName.get(rest)
      if (owner !== undefined) return owner
      const { stem, extension } = splitExtension(Buffer.from(rest, 'latin1'))
      if (kind === 'options' || extension.length === 0 || !isCaptionWord(keyOf(extension).slice(1))) return undefined
      rest = keyOf(stem)
    }
  }
}

/** Language and flags from the words between a source's name and `.srt`: `film.pt-BR.forced.srt`, `film.en.sdh.srt`. */
export function captionNaming(source: PathBytes, captions: PathBytes): CaptionNaming {
  const [name, stem] = [keyOf(source), stemOf(keyOf(source))]
  const whole = stemOf(keyOf(captions))
  const begin = whole === name || whole.startsWith(`${name}.`) ? name.length : stem.length
  const words = whole.slice(begin).split('.').filter(Boolean).map((word) => word.toLowerCase())
  const languageAt = words.findIndex((word, index) => isLanguage(word) && !isFlag(word, index > 0))
  const flags = new Set(words.filter((_, index) => index !== languageAt))
  return {
    language: languageAt < 0 ? 'und' : canonical(words[languageAt] ?? 'und'),
    default: flags.has('default'),
    forced: flags.has('forced'),
    hearing_impaired: flags.has('sdh') || flags.has('cc') || flags.has('hi'),
  }
}

/** The tag as BCP 47 has it (`ger` → `de`, `pt_br` → `pt-BR`), or undefined for what is none. */
export function canonicalLanguage(text: string): string | undefined {
  return isLanguage(text) ? canonical(text) : undefined
}

function isCaptionWord(word: string): boolean {
  return isFlag(word, true) || isLanguage(word)
}

/** `hi` is Hindi where a language is still missing, and «hearing impaired» after one: `film.hi.srt`, `film.en.hi.srt`. */
function isFlag(word: string, afterLanguage: boolean): boolean {
  return /^(?:default|forced|sdh|cc)$/i.test(word) || (afterLanguage && /^hi$/i.test(word))
}

function isLanguage(text: string): boolean {
  if (!LANGUAGE.test(text)) return false
  try {
    return Intl.getCanonicalLocales(text.replaceAll('_', '-')).length === 1
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function canonical(text: string): string {
  return Intl.getCanonicalLocales(text.replaceAll('_', '-'))[0] ?? 'und'
}

function stemOf(name: string): string {
  return keyOf(splitExtension(Buffer.from(name, 'latin1')).stem)
}
