import type { ContainerFacts } from './facts.ts'
import type { RawFormat } from './headers.ts'

/** Containers whose header states a duration; in others ffprobe estimates it. */
const STATING = /mov|matroska|avi|mxf|flv|asf|wav|w64|flac|aiff|caf|gxf|nut/

export function containerFacts({ format_name = 'unknown', duration, start_time }: RawFormat, size_bytes: number): ContainerFacts {
  const start_s = Number(start_time ?? 0) || 0
  const claimed = Number(duration)
  // MP4 and Matroska count from zero, also where nothing begins before ten hours.
  const length = claimed > start_s && start_s > 0 ? claimed - start_s : claimed
  return { format: format_name, size_bytes, duration_s: STATING.test(format_name) && length > 0 ? length : null, start_s }
}
