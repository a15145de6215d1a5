import { loadConfig, parseConfig } from '../shared/config/load.ts'
import { type EncoderConfig, EncoderConfigSchema } from './config.ts'
import { encoderFormats } from './config-formats.ts'
import { configFaults } from './config-rules.ts'

const options = { formats: encoderFormats, rules: configFaults }

/** Reads encoder.toml: schema, formats and rules. Throws one ConfigError with all faults. */
export function loadEncoderConfig(file: string): Promise<EncoderConfig> {
  return loadConfig(EncoderConfigSchema, file, options)
}

/** As `loadEncoderConfig`, for a text; `fileName` is what messages call it. */
export function parseEncoderConfig(text: string, fileName = 'encoder.toml'): EncoderConfig {
  return parseConfig(EncoderConfigSchema, text, fileName, options)
}
