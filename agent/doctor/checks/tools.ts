import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, ok, warn, type Finding } from '../finding.ts'
import type { Check } from '../host.ts'

/** The programs of the system that the agent runs. */
export const checkTools: Check = async ({ config, path }) => {
  const found = async (name: string) => {
    const present = await Promise.all(path.split(':').filter(Boolean).map(async (directory) => access(join(directory, name), constants.X_OK).then(() => true, () => false)))
    return present.includes(true)
  }
  const findings: Finding[] = []
  if (!(await found('flock'))) findings.push(fail('tools', 'flock is missing: the agent cannot lock its state directory', 'apt-get install util-linux'))
  if (!(await found('systemd-notify'))) findings.push(warn('tools', 'systemd-notify is missing: systemd cannot be told when the agent is ready', 'install systemd, or run the unit with Type=exec'))
  if (config.nginx.reload === 'systemd' && !(await found('systemctl'))) findings.push(fail('tools', 'systemctl is missing, and nginx.reload is "systemd"', 'set nginx.reload = "signal"'))
  return findings.length === 0 ? [ok('tools', 'flock and systemd-notify are there')] : findings
}
