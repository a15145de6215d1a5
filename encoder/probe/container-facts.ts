import type { ContainerFacts } from './facts.ts'
import type { RawFormat } from './headers.ts'

/** Containers whose header states a duration; in others ffprobe estimates it. */
const STATING = /mov|matroska|avi|mxf|flv|asf|wav|w64|flac|aiff|caf|gxf|nut/

export function containerFacts({ format_name = 'unknown', duration, start_time }: RawFormat, size_bytes: number): ContainerFacts {
  const claimed = Number(duration)
  return {
    format: format_name,
    size_bytes,
    duration_s: STATING.test(format_name) && claimed > 0 ? claimed : null,
    start_s: Number(start_time ?? 0) || 0,
  }
}
