import type { Command } from 'commander'
import type { Program } from './program.ts'
import type { TargetOptions } from './target.ts'
import type { Terminal } from './terminal.ts'

/** What every command gets from the outside. */
export interface Cli {
  readonly program: Program
  readonly terminal: Terminal
  readonly now: () => Date
}

/** The options of every command. */
export interface CommonOptions {
  readonly config: string
  readonly json?: boolean
}

export type RemoteOptions = CommonOptions & TargetOptions

/** Adds the options of commands that speak to a daemon. */
export function reaching({ program: { noun, port } }: Pick<Cli, 'program'>, command: Command): Command {
  return command
    .optionsGroup(`Reaching the ${noun} (default: the unix socket of the configuration):`)
    .option('--url <url>', `an ${noun}’s address, such as https://edge1.example:${port}`)
    .option('--token-file <file>', 'file that holds a token (or GREENROOM_TOKEN in the environment)')
    .option('--ca-file <file>', `CA certificates that the ${noun}’s certificate must chain to, PEM`)
    .option('--cert <file>', 'client certificate, PEM')
    .option('--key <file>', 'its private key, PEM')
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** Makes lines that people paste: the command with the options that reach the same daemon again. */
export type Again = (command: string) => string

export function againWith({ command: name, configFile }: Program, options: Partial<RemoteOptions>): Again {
  const given: readonly (readonly [string, string | undefined])[] = [
    ['--config', options.url === undefined && options.config !== configFile ? options.config : undefined],
    ['--url', options.url],
    ['--token-file', options.tokenFile],
    ['--ca-file', options.caFile],
    ['--cert', options.cert],
    ['--key', options.key],
  ]
  const suffix = given.flatMap(([option, value]) => (value === undefined ? [] : [` ${option} ${quoted(value)}`])).join('')
  return (command) => `${name} ${command}${suffix}`
}

/** What starts the daemon on this configuration: its unit has the usual one. */
export function startWith({ command, configFile }: Program, config: string): string {
  return config === configFile ? `systemctl start ${command}` : `${command} run --config ${quoted(config)}`
}
