import type { ColourFacts } from '../probe/facts.ts'
import { MARK_BT709 } from './colour.ts'

/** cd/m² that become 1.0 in linear light: what the chain in ffmpeg's documentation and most players use. */
const REFERENCE = 100
/** Where the file does not tell its peak: most HDR10 is mastered at 1000, and HLG is defined for it (BT.2100). */
const USUAL_PEAK = 1000

type ToneMapped = Pick<ColourFacts, 'hdr' | 'range' | 'max_content_light' | 'mastering_peak'>

/** HDR to SDR in BT.709, limited range. `zscale` and `tonemap` work on 32-bit floats: put it after scaling down. */
export function toneMap(colour: ToneMapped): string[] {
  const transfer = colour.hdr === 'pq' ? 'smpte2084' : 'arib-std-b67'
  const peak = Math.round((peakOf(colour) / REFERENCE) * 100) / 100
  return [
    `zscale=matrixin=2020_ncl:primariesin=2020:transferin=${transfer}:rangein=${colour.range ?? 'limited'}:transfer=linear:npl=${REFERENCE}`,
    'format=gbrpf32le',
    'zscale=primaries=709',
    // Hable keeps detail in the highlights; desaturating them (the filter's default) greys coloured lights.
    `tonemap=tonemap=hable:desat=0:peak=${peak}`,
    'zscale=transfer=709:matrix=709:primaries=709:range=limited',
    MARK_BT709,
  ]
}

/** MaxCLL where it is plausible, else the mastering display's peak. */
function peakOf({ hdr, max_content_light, mastering_peak }: ToneMapped): number {
  if (hdr === 'hlg') return USUAL_PEAK
  const told = [max_content_light, mastering_peak].find((light) => light !== null && light >= REFERENCE && light <= 10_000)
  return told ?? USUAL_PEAK
}
