import type { Workers } from './proc.ts'
import type { Row } from './table.ts'

export function workerRows(before: Workers, after: Workers): Row[] {
  const text = ({ count, rss_bytes }: Workers) => `${count} (${(rss_bytes / 2 ** 20).toFixed(1)} MB)`
  return [{ what: 'Nginx workers and their memory, before and after', measured: `${text(before)} → ${text(after)}` }]
}
