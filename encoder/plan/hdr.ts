import type { ColourFacts } from '../probe/facts.ts'

/** Marks the pictures of a rung that keeps its HDR: BT.2020 with the source's transfer. */
export function markHdr(colour: ColourFacts): string {
  return `setparams=range=tv:color_primaries=bt2020:color_trc=${colour.hdr === 'pq' ? 'smpte2084' : 'arib-std-b67'}:colorspace=bt2020nc`
}

/** x265's parameters for it. ffmpeg 5 hands it none of the static metadata by itself. */
export function hdrParams(colour: ColourFacts): string[] {
  const params = ['colorprim=bt2020', `transfer=${colour.hdr === 'pq' ? 'smpte2084' : 'arib-std-b67'}`, 'colormatrix=bt2020nc', 'range=limited']
  if (colour.hdr === 'hlg') return params
  params.push('hdr10=1', 'hdr10-opt=1')
  if (colour.mastering_display !== null) params.push(`master-display=${colour.mastering_display}`)
  if (colour.max_content_light !== null) params.push(`max-cll=${Math.round(colour.max_content_light)},${Math.round(colour.max_average_light ?? 0)}`)
  return params
}
