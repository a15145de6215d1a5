import { loadConfig, parseConfig } from '../shared/config/load.ts'
import { type AgentConfig, AgentConfigSchema } from './config.ts'
import { agentFormats } from './config-formats.ts'
import { configFaults } from './config-rules.ts'

const options = { formats: agentFormats, rules: configFaults }

/** Reads agent.toml: schema, formats and rules. Throws one ConfigError with all faults. */
export function loadAgentConfig(file: string): Promise<AgentConfig> {
  return loadConfig(AgentConfigSchema, file, options)
}

/** As `loadAgentConfig`, for a text; `fileName` is what messages call it. */
export function parseAgentConfig(text: string, fileName = 'agent.toml'): AgentConfig {
  return parseConfig(AgentConfigSchema, text, fileName, options)
}
