import type { Fault } from '../shared/config/load.ts'
import type { EncoderConfig } from './config.ts'
import { directoryFaults } from './config-rules/directories.ts'
import { durationFaults } from './config-rules/durations.ts'
import { profileFaults } from './config-rules/profiles.ts'
import { hookFaults, storeFaults } from './config-rules/store.ts'

/** What is wrong with fields that are right each for itself. */
export function configFaults(config: EncoderConfig): Fault[] {
  return [directoryFaults, storeFaults, hookFaults, profileFaults, durationFaults].flatMap((faults) => faults(config))
}
