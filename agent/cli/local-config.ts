import { readFile } from 'node:fs/promises'
import { parse } from 'smol-toml'
import { messageOf, Problem, systemCodeOf } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'

export const DEFAULT_CONFIG = '/etc/greenroom/agent.toml'

/** The few settings that commands other than `run` need of agent.toml. */
export interface LocalConfig {
  readonly file: string
  readonly listen: readonly string[]
  readonly tls: boolean
  readonly socketGroup: string
  readonly tokensFile: string
  readonly stateDir: string
  readonly services: readonly string[]
}

const table = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

/**
 * Reads what a client needs of agent.toml and is lenient about the rest: a half-edited file must not
 * stand between an operator and the running agent, which has read an earlier one. The defaults are
 * repeated here so that a `status` does not load the whole schema; a test holds the two together.
 * @throws Problem `config_invalid` for a file that cannot be read or is not TOML
 */
export async function readLocalConfig(file: string): Promise<LocalConfig> {
  let source: string
  try {
    source = await readFile(file, 'utf8')
  } catch (error) {
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)
    throw new Problem(
      errors.configInvalid,
      `Cannot read the configuration ${file}: ${why}. Name the right file with --config FILE, or reach an agent with --url URL --token-file FILE.`,
      { file },
      error,
    )
  }
  let config: Record<string, unknown>
  try {
    config = table(parse(source))
  } catch (error) {
    throw new Problem(
      errors.configInvalid,
      `${file} is not TOML: ${messageOf(error).trim()}. \`greenroom-agent check-config\` tells more; --url URL --token-file FILE does without the file.`,
      { file },
      error,
    )
  }
  const api = table(config['api'])
  const listen = api['listen']
  return {
    file,
    listen: Array.isArray(listen) && listen.every((entry) => typeof entry === 'string') ? listen : ['127.0.0.1:9440', 'unix:/run/greenroom-agent/api.sock'],
    tls: 'tls' in api,
    socketGroup: text(api['socket_group'], 'greenroom'),
    tokensFile: text(api['tokens_file'], '/etc/greenroom/tokens.toml'),
    stateDir: text(config['state_dir'], '/var/lib/greenroom-agent'),
    services: Object.keys(table(config['services'])),
  }
}
