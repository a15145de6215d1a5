import type { VideoFacts } from '../probe/facts.ts'
import { isRgb } from './colour.ts'

/** Whether decoded pictures carry an alpha plane; VP9's lies in a second stream that ffmpeg's own decoder leaves out. */
export function needsFlattening({ pixel_format }: Pick<VideoFacts, 'pixel_format'>): boolean {
  return /^(yuva|gbrap|rgba|argb|abgr|bgra|ya8|ya16|rgba64|bgra64|ayuv)/.test(pixel_format)
}

/** Over black: the colours multiplied by alpha, in a planar format that the filter knows, then without alpha. */
export function flatten({ pixel_format, bit_depth }: Pick<VideoFacts, 'pixel_format' | 'bit_depth'>): string[] {
  const deep = bit_depth > 8
  if (isRgb(pixel_format) || pixel_format.startsWith('gbrap')) return [`format=${deep ? 'gbrap12le' : 'gbrap'}`, 'premultiply=inplace=1', `format=${deep ? 'gbrp12le' : 'gbrp'}`]
  return [`format=${deep ? 'yuva444p10le' : 'yuva444p'}`, 'premultiply=inplace=1', `format=${deep ? 'yuv444p10le' : 'yuv444p'}`]
}
