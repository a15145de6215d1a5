import { join } from 'node:path'
import { startWith } from '../../../shared/cli/cli.ts'
import { AGENT_PROGRAM } from '../../cli/agent-program.ts'
import { loadAgentConfig } from '../../load-config.ts'
import { agentProcesses } from '../agent-process.ts'
import { lockHolder } from '../../../shared/doctor/lock-holder.ts'
import { fail, ok, warn, type Finding } from '../../../shared/doctor/finding.ts'
import type { Check } from '../host.ts'

/** One agent at a time works on an Nginx; the lock keeps out a second one only where it has the same state directory. */
export const checkAgents: Check = async ({ config, configFile }) => {
  const holder = await lockHolder(join(config.state_dir, 'lock'))
  const findings: Finding[] = []
  for (const { pid, title } of await agentProcesses()) {
    if (pid === holder) continue
    const file = /--config[= ](\S+)/.exec(title)?.[1] ?? '/etc/greenroom/agent.toml'
    // What cannot be read here is that agent's trouble, and its own doctor's.
    const other = await loadAgentConfig(file).catch(() => null)
    if (other === null || (other.nginx.include_dir !== config.nginx.include_dir && other.nginx.pid_file !== config.nginx.pid_file)) continue
    findings.push(fail('one agent', `process ${pid} is another agent for the same Nginx (${file} beside ${configFile})`, 'stop one of them, and keep one configuration'))
  }
  if (findings.length > 0) return findings
  return [holder === null ? warn('agent running', 'no agent holds the state directory', `start it: ${startWith(AGENT_PROGRAM, configFile)}`) : ok('agent running', `process ${holder}`)]
}
