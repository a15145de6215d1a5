import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { fail, ok, warn, type Finding } from './finding.ts'

/** This was written later than that. */
const NOT_BEFORE = Date.parse('2026-01-01T00:00:00Z')

/** Signed calls are valid for 60 s around this host's clock, and tokens expire by it. `last`: when something was written here that cannot be later than now, in ms, and what. */
export async function clockFinding(now: Date, last: { readonly at: number; readonly what: string } | null): Promise<Finding> {
  if (now.getTime() < NOT_BEFORE) return fail('clock', `it says ${now.toISOString()}`, 'set it: timedatectl set-ntp true')
  if (last !== null && last.at > now.getTime() + 2000) return fail('clock', `it says ${now.toISOString()}, and ${last.what} ${new Date(last.at).toISOString()}: it was set back`, 'set it right: timedatectl set-ntp true')
  if (existsSync('/run/systemd/timesync/synchronized') || (await timeDaemonRuns())) return ok('clock', `${now.toISOString()}, kept by a time service`)
  return warn('clock', 'no time service is seen; signed calls fail when this clock is off by more than 60 s', 'apt-get install systemd-timesyncd, or see that the host of this container keeps the time')
}

async function timeDaemonRuns(): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const names = await Promise.all(pids.map(async (pid) => (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()))
  return names.some((name) => ['chronyd', 'ntpd', 'ntpd-rs', 'openntpd', 'systemd-timesyn'].includes(name))
}
