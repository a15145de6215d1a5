import { loadForHere, loadOrProblem } from '../../shared/cli/load-config.ts'
import { checkMachine } from '../config-machine.ts'
import type { AgentConfig } from '../config.ts'
import { loadAgentConfig } from '../load-config.ts'
import { heldAddresses } from '../nginx/held-addresses.ts'

/** The whole configuration, checked against its schema and rules. @throws Problem `config_invalid` with all faults */
export function loadConfiguration(file: string): Promise<AgentConfig> {
  return loadOrProblem(file, loadAgentConfig)
}

/** As `loadConfiguration`, and checked against this machine. @throws Problem `config_invalid` with all faults */
export function loadConfigurationForHere(file: string): Promise<AgentConfig> {
  return loadForHere(file, loadAgentConfig, async (config) => [...(await checkMachine(config)), ...(await heldAddresses(config))])
}
