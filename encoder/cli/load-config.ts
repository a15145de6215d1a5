import { stat } from 'node:fs/promises'
import type { CommonOptions } from '../../shared/cli/cli.ts'
import { loadForHere, loadOrProblem } from '../../shared/cli/load-config.ts'
import { checkMachine } from '../config-machine.ts'
import type { EncoderConfig } from '../config.ts'
import { loadEncoderConfig, parseEncoderConfig } from '../load-config.ts'
import { ENCODER_PROGRAM } from './encoder-program.ts'

/** The whole configuration, checked against its schema and rules. @throws Problem `config_invalid` with all faults */
export function loadConfiguration(file: string): Promise<EncoderConfig> {
  return loadOrProblem(file, loadEncoderConfig)
}

/** As `loadConfiguration`, and checked against this machine. @throws Problem `config_invalid` with all faults */
export function loadConfigurationForHere(file: string): Promise<EncoderConfig> {
  return loadForHere(file, loadEncoderConfig, checkMachine)
}

/** For commands that need no daemon: the defaults, where nobody named a file and the usual one does not exist. @throws Problem `config_invalid` */
export async function loadConfigurationOrDefaults({ config: file }: CommonOptions): Promise<EncoderConfig> {
  if (file === ENCODER_PROGRAM.configFile && (await stat(file).catch(() => null)) === null) return parseEncoderConfig('')
  return loadConfiguration(file)
}
