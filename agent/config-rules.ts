import type { Fault } from '../shared/config/load.ts'
import type { AgentConfig } from './config.ts'
import { addressFaults } from './config-rules/addresses.ts'
import { durationFaults } from './config-rules/durations.ts'
import { gateFaults } from './config-rules/gates.ts'
import { nameFaults } from './config-rules/names.ts'
import { serverFaults } from './config-rules/servers.ts'
import { strategyFaults } from './config-rules/strategy.ts'

/** What is wrong with fields that are right each for itself. */
export function configFaults(config: AgentConfig): Fault[] {
  return [strategyFaults, nameFaults, serverFaults, addressFaults, durationFaults, gateFaults].flatMap((faults) => faults(config))
}
