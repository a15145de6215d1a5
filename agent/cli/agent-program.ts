import { tableIn } from '../../shared/cli/local-config.ts'
import type { Program, TomlTable } from '../../shared/cli/program.ts'
import { AGENT } from '../daemon.ts'
import { errors } from '../errors.ts'

/** The names of the services in a parsed agent.toml, whatever else is wrong with it. */
export function servicesIn(config: TomlTable): readonly string[] {
  return Object.keys(tableIn(config['services']))
}

/** The agent, as its command line knows it. */
export const AGENT_PROGRAM: Program = {
  ...AGENT,
  configFile: '/etc/greenroom/agent.toml',
  port: 9440,
  defaults: { listen: ['127.0.0.1:9440', 'unix:/run/greenroom-agent/api.sock'], tokensFile: '/etc/greenroom/tokens.toml', stateDir: '/var/lib/greenroom-agent' },
  stateDirAt: ['state_dir'],
  services: servicesIn,
  catalogue: Object.values(errors),
  withoutDaemon: 'rollback SERVICE --offline',
  lostChange(path) {
    const service = /^\/v1\/services\/([^/]+)/.exec(path)?.[1]
    return `Nobody told its outcome here: the agent finishes it, or finishes or restores it at its next start. See \`greenroom-agent operations${service === undefined ? '' : ` --service ${service}`}\`.`
  },
}
