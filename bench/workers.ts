import type { Workers } from './proc.ts'
import type { Row } from './table.ts'

export function workerRows(before: Workers, after: Workers): Row[] {
  return [{ what: 'Nginx workers and their memory, before and after', measured: `${textOf(before)} → ${textOf(after)}` }]
}

function textOf({ count, rss_bytes }: Workers): string {
  return `${count} (${(rss_bytes / 2 ** 20).toFixed(1)} MB)`
}
