import { readFile } from 'node:fs/promises'
import { parse } from 'smol-toml'
import { apiErrors } from '../errors/api-errors.ts'
import { messageOf, Problem, systemCodeOf } from '../errors/problem.ts'
import type { Program, TomlTable } from './program.ts'

/** The few settings that commands other than `run` need of the configuration. */
export interface LocalConfig {
  readonly file: string
  readonly listen: readonly string[]
  readonly tls: boolean
  readonly socketGroup: string
  readonly tokensFile: string
  readonly stateDir: string
}

export const tableIn = (value: unknown): TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TomlTable) : {}
const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

/**
 * Reads what a client needs of the configuration and is lenient about the rest: a half-edited file must not stand
 * between an operator and the running daemon, which has read an earlier one. The defaults are repeated by the program
 * so that a command which only asks does not load the whole schema. `toml` is the file as it was parsed.
 * @throws Problem `config_invalid` for a file that cannot be read or is not TOML
 */
export async function readLocalConfig(program: Program, file: string): Promise<LocalConfig & { readonly toml: TomlTable }> {
  const { command, noun, defaults, stateDirAt } = program
  let source: string
  try {
    source = await readFile(file, 'utf8')
  } catch (error) {
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)
    throw new Problem(
      apiErrors.configInvalid,
      `Cannot read the configuration ${file}: ${why}. Name the right file with --config FILE, or reach an ${noun} with --url URL --token-file FILE.`,
      { file },
      error,
    )
  }
  let toml: TomlTable
  try {
    toml = tableIn(parse(source))
  } catch (error) {
    throw new Problem(
      apiErrors.configInvalid,
      `${file} is not TOML: ${messageOf(error).trim()}. \`${command} check-config\` tells more; --url URL --token-file FILE does without the file.`,
      { file },
      error,
    )
  }
  const api = tableIn(toml['api'])
  const listen = api['listen']
  return {
    file,
    listen: Array.isArray(listen) && listen.every((entry) => typeof entry === 'string') ? listen : defaults.listen,
    tls: 'tls' in api,
    socketGroup: text(api['socket_group'], 'greenroom'),
    tokensFile: text(api['tokens_file'], defaults.tokensFile),
    stateDir: text(stateDirAt.reduce<unknown>((value, key) => tableIn(value)[key], toml), defaults.stateDir),
    toml,
  }
}
