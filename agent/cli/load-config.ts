import { ConfigError } from '../../shared/config/load.ts'
import { Problem } from '../../shared/errors/problem.ts'
import { checkMachine } from '../config-machine.ts'
import type { AgentConfig } from '../config.ts'
import { errors } from '../errors.ts'
import { loadAgentConfig } from '../load-config.ts'
import { heldAddresses } from '../nginx/held-addresses.ts'

/** The whole configuration, checked against its schema and rules. @throws Problem `config_invalid` with all faults */
export async function loadConfiguration(file: string): Promise<AgentConfig> {
  try {
    return await loadAgentConfig(file)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new Problem(errors.configInvalid, error.message, { file, faults: error.faults }, error)
  }
}

/** As `loadConfiguration`, and checked against this machine. @throws Problem `config_invalid` with all faults */
export async function loadConfigurationForHere(file: string): Promise<AgentConfig> {
  const config = await loadConfiguration(file)
  const faults = [...(await checkMachine(config)), ...(await heldAddresses(config))]
  if (faults.length > 0) {
    const error = new ConfigError(file, faults)
    throw new Problem(errors.configInvalid, error.message, { file, faults }, error)
  }
  return config
}
