import type { ConfigSummary } from '../../shared/cli/check-config.ts'
import { count } from '../../shared/cli/words.ts'
import { loadConfigurationForHere } from './load-config.ts'

/** What a valid agent.toml holds. @throws Problem `config_invalid` with all faults */
export async function summariseConfig(file: string): Promise<ConfigSummary> {
  const services = Object.keys((await loadConfigurationForHere(file)).services)
  return { words: `${count(services.length, 'service')}${services.length === 0 ? '' : ` (${services.join(', ')})`}`, members: { services } }
}
