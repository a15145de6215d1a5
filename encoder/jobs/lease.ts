import { readFile } from 'node:fs/promises'

/**
 * Names this process so that no other, past or future, has the same name: boot id, pid, and start time of the pid in
 * clock ticks since boot. A job whose owner is not alive was left by a crash.
 */
export async function thisProcess(pid: number = process.pid): Promise<string> {
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  return `${boot}:${pid}:${await startTimeOf(pid)}`
}

/** Whether the process that an owner names is still there. */
export async function isAlive(owner: string): Promise<boolean> {
  const [boot, pid = ''] = owner.split(':')
  if (boot !== (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()) return false
  try {
    return (await thisProcess(Number(pid))) === owner
  } catch {
    // No such process any more.
    return false
  }
}

/** Field 22 of /proc/<pid>/stat; the name in field 2 may hold spaces and brackets. */
async function startTimeOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields[19] ?? ''
}
