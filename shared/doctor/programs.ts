import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, ok, warn, type Finding } from './finding.ts'

/** Whether a program can be found in the directories of PATH. */
export async function onPath(path: string, name: string): Promise<boolean> {
  const present = await Promise.all(path.split(':').filter(Boolean).map(async (directory) => access(join(directory, name), constants.X_OK).then(() => true, () => false)))
  return present.includes(true)
}

/** The programs of the system that every daemon here runs; `locks`: what it locks. */
export async function toolFindings(path: string, noun: string, locks: string): Promise<Finding[]> {
  const findings: Finding[] = []
  if (!(await onPath(path, 'flock'))) findings.push(fail('tools', `flock is missing: the ${noun} cannot lock its ${locks}`, 'apt-get install util-linux'))
  if (!(await onPath(path, 'systemd-notify'))) findings.push(warn('tools', `systemd-notify is missing: systemd cannot be told when the ${noun} is ready`, 'install systemd, or run the unit with Type=exec'))
  return findings.length === 0 ? [ok('tools', 'flock and systemd-notify are there')] : findings
}
