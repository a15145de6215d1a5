import { languageName } from './language.ts'

/** Names that programs write by themselves and that tell a viewer nothing. */
const MEANINGLESS = /^(sound|audio|video|subtitle|text|stereo|surround|track|stream|mono)?[ _-]*(media)?[ _-]*(handler|track|stream|stereo|mono|surround|mainconcept.*|\d+)?( \d+| \d\.\d)?$|^(iso media|gpac|l-smash|core media|apple|bento4|alias data handler|#|\?)/i

/** Shown in a player's menu: the track's title, else its language by its own name and what sets it apart. */
export function trackLabel(track: { readonly language: string; readonly title: string | null; readonly kind: string | null; readonly fallback: string }): string {
  const title = track.title?.replaceAll(/[\p{C}"]/gu, ' ').trim() ?? ''
  const name = track.language === 'und' ? track.fallback : languageName(track.language)
  if (title !== '' && title.length <= 80 && !MEANINGLESS.test(title)) return title
  return track.kind === null ? name : `${name} (${track.kind})`
}

/** Players list renditions by name, and HLS wants each once in a group: the second `English` becomes `English 2`. */
export function distinct(labels: readonly string[]): string[] {
  const seen = new Set<string>()
  return labels.map((label) => {
    let unique = label
    for (let number = 2; seen.has(unique); number += 1) unique = `${label} ${number}`
    seen.add(unique)
    return unique
  })
}
