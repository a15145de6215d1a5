import { realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AgentConfig } from '../../config.ts'
import { followErrorLog, type LogMark } from '../error-log.ts'
import { findMaster } from '../process/master.ts'
import { readProc } from '../process/proc.ts'
import { workersOf } from '../process/workers.ts'
import { currentGeneration } from './generations.ts'

/** Why Nginx does not see the markers of a service, and what to do: sentences, and facts for a problem. */
export interface Blindness {
  readonly reason: string
  readonly facts: { readonly directory?: string; readonly command?: string; readonly log_line?: string }
}

/** As whom a process acts on files. */
export interface Credentials {
  readonly uid: number
  readonly groups: readonly number[]
}

/**
 * Explains why the workers are blind to a generation that is on disk. Nginx takes a path that it may not traverse for
 * a file that is not there, and leaves one `[crit]` line in its error log; which directory it is, the modes tell.
 * `mark`: where the log ended before the change.
 */
export async function explainBlindness(config: AgentConfig, service: string, generation: string, mark: LogMark | null): Promise<Blindness> {
  const { routes_dir: routesDir, error_log: errorLog, pid_file: pidFile } = config.nginx
  const current = currentGeneration(routesDir, service)
  if (current !== generation) {
    return { reason: `${join(routesDir, service)} leads to ${current ?? 'nothing'} and not to ${generation}: something else changed it meanwhile. Nothing but the agent may write below ${routesDir}.`, facts: {} }
  }
  const { line, unreadable } = await criticalLine(errorLog, join(routesDir, service), mark)
  const log = line === null ? (unreadable === null ? '' : ` The error log cannot tell more: ${unreadable}.`) : ` Nginx’s error log: ${line}`
  const facts = line === null ? {} : { log_line: line }
  const worker = await workerCredentials(pidFile)
  const blocked = worker === null ? null : firstBlocked(join(routesDir, generation), worker)
  if (blocked !== null && worker !== null) {
    const command = `chmod ${blocked.who}+x ${blocked.directory}`
    return {
      reason: `Nginx’s workers (uid ${worker.uid}) may not enter ${blocked.directory} (mode ${blocked.mode}), so they do not see the route of ${service}. Run: ${command}.${log}`,
      facts: { directory: blocked.directory, command, ...facts },
    }
  }
  return {
    reason:
      `Nginx does not see generation ${generation} of ${service} in ${routesDir}, although every directory on the way may be entered. ` +
      `Look for \`disable_symlinks on\` in its configuration, and for another view of that path: PrivateTmp, ProtectHome or ` +
      `InaccessiblePaths of its systemd unit, a container, an ACL, AppArmor.${log}`,
    facts,
  }
}

/** The newest `[crit]` line since the mark about a marker of this service. */
async function criticalLine(errorLog: string, prefix: string, mark: LogMark | null) {
  const follower = await followErrorLog(errorLog, mark ?? undefined)
  try {
    const lines = await follower.read()
    const found = lines.findLast(({ level, message }) => level === 'crit' && message.includes(`"${prefix}/`))
    return { line: found?.text ?? null, unreadable: follower.unreadable }
  } finally {
    await follower.close()
  }
}

/** As whom a running worker acts; null when there is none, or it cannot be looked at. */
export async function workerCredentials(pidFile: string): Promise<Credentials | null> {
  const master = await findMaster(pidFile)
  const [worker] = master === null ? [] : await workersOf(master)
  const status = worker === undefined ? null : await readProc(`${worker.pid}/status`)
  // The file system ids are the last of the four.
  const uid = /^Uid:\t\d+\t\d+\t\d+\t(\d+)$/m.exec(status ?? '')?.[1]
  const gid = /^Gid:\t\d+\t\d+\t\d+\t(\d+)$/m.exec(status ?? '')?.[1]
  if (uid === undefined || gid === undefined) return null
  const others = /^Groups:\t([\d ]*)$/m.exec(status ?? '')?.[1]?.split(' ').filter(Boolean).map(Number) ?? []
  return { uid: Number(uid), groups: [Number(gid), ...others] }
}

/** The first directory from `/` down to `path` that may not be entered by its mode. */
export function firstBlocked(path: string, worker: Credentials): { directory: string; who: 'u' | 'g' | 'o'; mode: string } | null {
  const real = realpathSync(path)
  const way = [real]
  while (way[0] !== '/') way.unshift(dirname(way[0]!))
  for (const directory of worker.uid === 0 ? [] : way) {
    const { mode, uid, gid } = statSync(directory)
    // As the kernel does: the first class that applies decides alone.
    const [who, bit] = uid === worker.uid ? (['u', 0o100] as const) : worker.groups.includes(gid) ? (['g', 0o010] as const) : (['o', 0o001] as const)
    if ((mode & bit) === 0) return { directory, who, mode: (mode & 0o7777).toString(8).padStart(4, '0') }
  }
  return null
}
