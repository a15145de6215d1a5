import type { Command } from 'commander'
import { DEFAULT_CONFIG } from './local-config.ts'
import type { TargetOptions } from './target.ts'
import type { Terminal } from './terminal.ts'

/** What every command gets from the outside. */
export interface Cli {
  readonly terminal: Terminal
  readonly now: () => Date
}

/** The options of every command. */
export interface CommonOptions {
  readonly config: string
  readonly json?: boolean
}

export type RemoteOptions = CommonOptions & TargetOptions

/** Adds the options of commands that speak to an agent. */
export function reaching(command: Command): Command {
  return command
    .optionsGroup('Reaching the agent (default: the unix socket of the configuration):')
    .option('--url <url>', 'an agent’s address, such as https://edge1.example:9440')
    .option('--token-file <file>', 'file that holds a token (or GREENROOM_TOKEN in the environment)')
    .option('--ca-file <file>', 'CA certificates that the agent’s certificate must chain to, PEM')
    .option('--cert <file>', 'client certificate, PEM')
    .option('--key <file>', 'its private key, PEM')
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** Makes lines that people paste: the command with the options that reach the same agent again. */
export type Again = (command: string) => string

export function againWith(options: Partial<RemoteOptions>): Again {
  const given: readonly (readonly [string, string | undefined])[] = [
    ['--config', options.url === undefined && options.config !== DEFAULT_CONFIG ? options.config : undefined],
    ['--url', options.url],
    ['--token-file', options.tokenFile],
    ['--ca-file', options.caFile],
    ['--cert', options.cert],
    ['--key', options.key],
  ]
  const suffix = given.flatMap(([name, value]) => (value === undefined ? [] : [` ${name} ${quoted(value)}`])).join('')
  return (command) => `greenroom-agent ${command}${suffix}`
}
