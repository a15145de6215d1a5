import { fail } from '../../../shared/doctor/finding.ts'
import { onPath, toolFindings } from '../../../shared/doctor/programs.ts'
import type { Check } from '../host.ts'

/** The programs of the system that the agent runs. */
export const checkTools: Check = async ({ config, path }) => {
  const findings = await toolFindings(path, 'agent', 'state directory')
  if (config.nginx.reload !== 'systemd' || (await onPath(path, 'systemctl'))) return findings
  const missing = fail('tools', 'systemctl is missing, and nginx.reload is "systemd"', 'set nginx.reload = "signal"')
  return [...findings.filter(({ state }) => state !== 'ok'), missing]
}
