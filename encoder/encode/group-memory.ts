import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** What the kernel says of the memory of this process's control group, which its children share. */
export interface GroupMemory {
  /** Unit of systemd that the group belongs to, as it is named to `systemctl`; null where it is none. */
  readonly unit: string | null
  /** Bytes it may have; null: it has no limit of its own. */
  readonly limit: number | null
  /** Times that limit was in the way. */
  readonly hits: number
  /** Its processes that the kernel has ended because memory ran out, its own or the host's. */
  readonly kills: number
}

/** Above it a limit is none: version 1 writes «none» as the largest number of whole pages. */
const NONE = 2 ** 60
const MIB = 1024 ** 2

/** Reads it, of control groups of either version; null where this host tells nothing. */
export function groupMemory(proc = '/proc/self', mount = '/sys/fs/cgroup'): GroupMemory | null {
  const groups = read(join(proc, 'cgroup')) ?? ''
  const [, first] = /^\d+:(?:\w+,)*memory(?:,\w+)*:(.*)$/m.exec(groups) ?? []
  const [, second] = /^0::(.*)$/m.exec(groups) ?? []
  // On a host with both, the controller is of version 1.
  return (first === undefined ? null : versionOne(join(mount, 'memory', first), first)) ?? (second === undefined ? null : versionTwo(join(mount, second), second))
}

function versionOne(directory: string, path: string): GroupMemory | null {
  const kills = counted(read(join(directory, 'memory.oom_control')), 'oom_kill')
  if (kills === null) return null
  const [limit, hits] = ['memory.limit_in_bytes', 'memory.failcnt'].map((name) => Number(read(join(directory, name)) ?? NaN)) as [number, number]
  return { unit: unitOf(path), limit: limit < NONE ? limit : null, hits, kills }
}

function versionTwo(directory: string, path: string): GroupMemory | null {
  const events = read(join(directory, 'memory.events'))
  const kills = counted(events, 'oom_kill')
  if (kills === null) return null
  const limit = Number(read(join(directory, 'memory.max')) ?? NaN)
  return { unit: unitOf(path), limit: limit < NONE ? limit : null, hits: counted(events, 'oom') ?? 0, kills }
}

/** Whose memory ran out: that within a limit, or the host's. */
export interface OutOfMemory {
  readonly unit: string | null
  /** Whole MiB, in bytes; null: it was no limit of ours. */
  readonly limit: number | null
}

/** Why the kernel ended a process of the group between two readings; null: it ended none. */
export function ranOut(before: GroupMemory | null, after: GroupMemory | null): OutOfMemory | null {
  if (before === null || after === null || after.kills <= before.kills) return null
  const { unit, limit, hits } = after
  return { unit, limit: limit === null || hits <= before.hits ? null : Math.round(limit / MIB) * MIB }
}

function unitOf(path: string): string | null {
  const name = basename(path)
  return /\.(?:service|scope|slice)$/.test(name) ? name : null
}

function counted(text: string | null, name: string): number | null {
  const [, count] = new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '') ?? []
  return count === undefined ? null : Number(count)
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not of this version, or not shown to us: then nothing is told.
    return null
  }
}
