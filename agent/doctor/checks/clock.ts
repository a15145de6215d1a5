import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { clockFinding } from '../../../shared/doctor/clock.ts'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import type { Check } from '../host.ts'

const TAIL_BYTES = 64 * 1024

export const checkClock: Check = async ({ config, now }) => {
  const last = await lastJournaled(join(config.state_dir, 'operations.jsonl'))
  return [await clockFinding(now, last === null ? null : { at: last, what: 'the journal has an entry of' })]
}

/** Time of the journal's last whole line, in ms; null where there is none. */
async function lastJournaled(path: string): Promise<number | null> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES))
    await file.read(buffer, 0, buffer.length, size - buffer.length)
    const at = [...buffer.toString('utf8').matchAll(/"at":"([^"]+)"/g)].at(-1)?.[1]
    const time = at === undefined ? Number.NaN : Date.parse(at)
    return Number.isNaN(time) ? null : time
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
}
