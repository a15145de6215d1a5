import { existsSync } from 'node:fs'
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import { fail, ok, warn } from '../finding.ts'
import type { Check } from '../host.ts'

/** This was written later than that. */
const NOT_BEFORE = Date.parse('2026-01-01T00:00:00Z')
const TAIL_BYTES = 64 * 1024

/** Signed calls are valid for 60 s around this host's clock, and tokens expire by it. */
export const checkClock: Check = async ({ config, now }) => {
  if (now.getTime() < NOT_BEFORE) return [fail('clock', `it says ${now.toISOString()}`, 'set it: timedatectl set-ntp true')]
  const last = await lastJournaled(join(config.state_dir, 'operations.jsonl'))
  if (last !== null && last > now.getTime() + 2000) return [fail('clock', `it says ${now.toISOString()}, and the journal has an entry of ${new Date(last).toISOString()}: it was set back`, 'set it right: timedatectl set-ntp true')]
  if (existsSync('/run/systemd/timesync/synchronized') || (await timeDaemonRuns())) return [ok('clock', `${now.toISOString()}, kept by a time service`)]
  return [warn('clock', 'no time service is seen; signed calls fail when this clock is off by more than 60 s', 'apt-get install systemd-timesyncd, or see that the host of this container keeps the time')]
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

async function timeDaemonRuns(): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const names = await Promise.all(pids.map(async (pid) => (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()))
  return names.some((name) => ['chronyd', 'ntpd', 'ntpd-rs', 'openntpd', 'systemd-timesyn'].includes(name))
}
