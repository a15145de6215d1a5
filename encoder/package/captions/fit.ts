import type { Cue } from './cue.ts'

export interface Fitted {
  readonly cues: readonly Cue[]
  readonly notes: readonly string[]
}

/** Cues on the time line of the asset, in order: what has no text or no time, or lies outside, is left out and told. */
export function fitCues(cues: readonly Cue[], { shift_ms, duration_ms }: { readonly shift_ms: number; readonly duration_ms: number }): Fitted {
  const shifted = cues.map(({ start, end, settings, text }) => ({ start: start + shift_ms, end: end + shift_ms, settings, text }))
  const shown = shifted.filter(({ start, end, text }) => end > start && text.replaceAll(/<[^>]*>|&(?:nbsp|lrm|rlm);/g, '').trim() !== '')
  const inside = shown.filter(({ start, end }) => end > 0 && start < duration_ms)
  const outside = shown.length - inside.length
  return {
    cues: inside.map(({ start, end, settings, text }) => ({ start: Math.max(0, start), end: Math.min(duration_ms, end), settings, text })).toSorted((a, b) => a.start - b.start || a.end - b.end),
    notes: [...counted(cues.length - shown.length, 'without text or duration'), ...counted(outside, 'before the start or behind the end of the media')],
  }
}

function counted(number: number, what: string): string[] {
  if (number === 0) return []
  return [`${number} caption${number === 1 ? '' : 's'} ${what} ${number === 1 ? 'is' : 'are'} left out`]
}
