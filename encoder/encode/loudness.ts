/** What `ebur128` measured of a rendition. */
export interface Loudness {
  /** Integrated, LUFS; -70 is silence. */
  readonly integrated: number
  /** True peak, dBFS; -Infinity is silence. */
  readonly peak: number
}

/** Below this the standard's gate lets nothing through. */
const SILENCE = -70

/** Reads the summaries out of an ffmpeg log, by the name behind the filter's `@`. A name that comes twice was measured in parts: the last with sound counts. */
export function readLoudness(log: string): ReadonlyMap<string, Loudness> {
  const found = new Map<string, Loudness>()
  const summary = /ebur128@(?<id>\w+)[^\n]*Summary:(?<text>.*?Peak:\s*\S+ dBFS)/gs
  for (const { groups = {} } of log.matchAll(summary)) {
    const { id = '', text = '' } = groups
    const integrated = Number(/I:\s*(-?[\d.]+) LUFS/.exec(text)?.[1] ?? SILENCE)
    const peak = Number((/Peak:\s*(\S+) dBFS/.exec(text)?.[1] ?? '-inf').replace('inf', 'Infinity'))
    if (integrated > SILENCE || !found.has(id)) found.set(id, { integrated, peak })
  }
  return found
}

/** Gain in dB that brings it to the target, and no peak above the ceiling. Silence stays as it is. */
export function gainFor({ integrated, peak }: Loudness, target: { readonly target_lufs: number; readonly peak_dbtp: number }): number {
  if (integrated <= SILENCE || !Number.isFinite(peak)) return 0
  return Math.round(Math.min(target.target_lufs - integrated, target.peak_dbtp - peak) * 100) / 100
}
