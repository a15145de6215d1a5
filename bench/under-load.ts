import type { LoadCounts } from '../demo/load/counts.ts'
import { startLoad } from '../demo/load/load.ts'
import type { Row } from './table.ts'

const CONNECTIONS = 50
const STREAMS = 20

/** Runs `work` while 50 keep-alive clients and 20 held streams use the app at `url`; answers with what they saw. */
export async function underLoad(url: string, pauseMs: number, work: () => Promise<void>): Promise<LoadCounts> {
  await using load = await startLoad({ url, connections: CONNECTIONS, streams: STREAMS, pauseMs })
  await work()
  // Awaited here, since the load is disposed of as soon as this function returns.
  return await load.stop()
}

/** What the load lost; with the goal of losing nothing, or without one. */
export function losses({ requests, failed, reasons, streams }: LoadCounts, goal: boolean): Row[] {
  const none = (count: number) => (goal ? { goal: { text: '0', met: count === 0 } } : {})
  const why = Object.entries({ ...reasons, ...streams.reasons }).map(([reason, count]) => `${count} × ${reason}`)
  return [
    { what: 'failed requests', measured: `${failed} of ${requests.toLocaleString('en-US')}`, ...none(failed) },
    { what: 'held streams cut', measured: `${streams.cut} of ${streams.held}`, ...none(streams.cut) },
    ...(why.length === 0 ? [] : [{ what: '    why', measured: why.join(', ') }]),
  ]
}
