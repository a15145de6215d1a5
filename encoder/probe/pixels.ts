/** Bits of each component: `yuv420p10le` has 10, `p010le` too, `yuv420p` 8. */
export function bitDepth(pixel_format: string, bits_per_raw_sample: string | undefined): number {
  const named = /(?:p|gray|x2rgb|x2bgr|gbrap?|y|nv\d)(9|10|12|14|16)(?:le|be)?$|^(?:p|p2|p4)?(?:0|1)?(10|12|16)(?:le|be)$|^(?:rgb|bgr)a?(48|64)/.exec(pixel_format)
  const wide = named?.[3]
  if (wide !== undefined) return 16
  const bits = Number(named?.[1] ?? named?.[2] ?? bits_per_raw_sample ?? 8)
  return bits >= 1 && bits <= 32 ? bits : 8
}

export function hasAlpha(pixel_format: string, tags: Readonly<Record<string, string>>): boolean {
  // VP8 and VP9 keep alpha in a second stream and only a tag tells of it.
  return /^(yuva|gbrap|rgba|argb|abgr|bgra|ya8|ya16|ayuv)/.test(pixel_format) || tags['alpha_mode'] === '1'
}
