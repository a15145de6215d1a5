import type { SidecarCaptions } from '../intake/contract.ts'
import type { Facts, SubtitleFacts } from '../probe/facts.ts'
import { distinct, trackLabel } from './labels.ts'
import { canonicalLanguage, languageName } from './language.ts'
import type { CaptionPlan } from './plan.ts'

export interface CaptionsOutcome {
  readonly captions: readonly CaptionPlan[]
  readonly notes: readonly string[]
}

/** Files beside the source first, then its own text tracks, unless a file says the same in the same language. */
export function planCaptions(facts: Facts, sidecars: readonly SidecarCaptions[]): CaptionsOutcome {
  const notes: string[] = []
  const found: Omit<CaptionPlan, 'id'>[] = sidecars.map((file) => ({
    from: { file: file.path },
    language: canonicalLanguage(file.language),
    label: trackLabel({ language: canonicalLanguage(file.language), title: file.label, kind: kindOf(file), fallback: 'Captions' }),
    default: file.default,
    forced: file.forced,
    hearing_impaired: file.hearing_impaired,
  }))
  for (const track of facts.subtitles) {
    const language = canonicalLanguage(track.language)
    if (track.kind === 'picture') {
      notes.push(`the picture subtitles ${inLanguage(track, language)} are left out: ${track.codec} holds pictures and no text`)
      continue
    }
    const replaced = sidecars.some((file) => canonicalLanguage(file.language) === language && file.forced === track.forced && file.hearing_impaired === track.hearing_impaired)
    if (replaced && language !== 'und') {
      notes.push(`the embedded captions ${inLanguage(track, language)} are left out: a file beside the source takes their place`)
      continue
    }
    found.push({
      from: { stream_index: track.index },
      language,
      label: trackLabel({ language, title: track.title, kind: kindOf(track), fallback: 'Captions' }),
      default: track.default,
      forced: track.forced,
      hearing_impaired: track.hearing_impaired,
    })
  }
  const labels = distinct(found.map(({ label }) => label))
  const first = found.findIndex((caption) => caption.default)
  const captions = found.map((caption, index) => Object.assign(caption, { id: `c${index}`, label: labels[index] ?? caption.label, default: index === first }))
  return { captions, notes }
}

function inLanguage({ index }: SubtitleFacts, language: string): string {
  return language === 'und' ? `(stream #${index})` : `in ${languageName(language)} (stream #${index})`
}

function kindOf({ forced, hearing_impaired }: { readonly forced: boolean; readonly hearing_impaired: boolean }): string | null {
  return forced ? 'forced' : hearing_impaired ? 'SDH' : null
}
