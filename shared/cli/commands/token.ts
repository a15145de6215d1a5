import { Option, type Command } from 'commander'
import { TOKEN_NAME } from '../../auth/token.ts'
import { ROLES, type Role } from '../../auth/role.ts'
import { durationOption, nameOption, namesOption, oneOf } from '../arguments.ts'
import type { Cli, CommonOptions } from '../cli.ts'

export interface TokensOptions extends CommonOptions {
  readonly tokensFile?: string
}

export interface CreateOptions extends TokensOptions {
  readonly name: string
  readonly role: Role
  readonly services?: readonly string[]
  readonly expires?: number
  readonly signing?: boolean
}

/** What the help says of this daemon's tokens. */
export interface TokenTexts {
  /** What each role may do. */
  readonly roles: string
  /** Commands that make a token, after the first. */
  readonly examples: string
}

const tokensFile = () => new Option('--tokens-file <file>', 'the tokens file (default: api.tokens_file of the configuration)')

export function registerToken(program: Command, cli: Cli, texts: TokenTexts): void {
  const { command: name, noun, services } = cli.program
  const token = program
    .command('token')
    .summary('create, list and revoke credentials')
    .description(`Manages the credentials of API and CLI. A running ${noun} takes a change over by itself, at once.`)
    .addHelpText(
      'after',
      `
Examples:
  sudo ${name} token create --name ci --role operator${services === null ? '' : ' --services app'} --expires 90d > ci.token
  sudo ${name} token list
  sudo ${name} token revoke ci`,
    )
  const create = token
    .command('create')
    .summary('make a token and print it, once')
    .description('Makes a token and prints it alone on standard output. Only its hash is kept: it cannot be shown again.')
    .addOption(new Option('--name <name>', 'name in the journal: lower-case letters, digits and "-"').argParser(nameOption(TOKEN_NAME)).makeOptionMandatory())
    .addOption(roleOption())
  if (services !== null) create.option('--services <names>', 'the only services it may see and change, with commas between', namesOption)
  create
    .option('--expires <duration>', 'how long it may be used, such as 90d; default: for ever', durationOption)
    .option('--signing', 'make a secret for HMAC-signed calls instead, which never travels')
    .addOption(tokensFile())
    .addHelpText(
      'after',
      `
${texts.roles}

Examples:
  (umask 077; ${name} token create --name ci --role operator --expires 90d > ci.token)
${texts.examples}`,
    )
    .action(async (_options: unknown, command: Command) => {
      const { createCommand } = await import('../tokens.ts')
      await createCommand(cli, command.optsWithGlobals<CreateOptions>())
    })
  token
    .command('list')
    .summary('all credentials, without their secrets')
    .description('Lists all tokens and certificate names: role, services, expiry, state.')
    .addOption(tokensFile())
    .addHelpText('after', `\nExamples:\n  ${name} token list\n  ${name} token list --json`)
    .action(async (_options: unknown, command: Command) => {
      const { listCommand } = await import('../tokens.ts')
      await listCommand(cli, command.optsWithGlobals<TokensOptions>())
    })
  token
    .command('revoke')
    .summary('make a token useless, at once')
    .description('Marks a token as revoked. It stays in the file, so that the journal’s names keep their meaning.')
    .argument('<name>', 'the token')
    .addOption(tokensFile())
    .addHelpText('after', `\nExamples:\n  ${name} token revoke ci`)
    .action(async (name: string, _options: unknown, command: Command) => {
      const { revokeCommand } = await import('../tokens.ts')
      await revokeCommand(cli, command.optsWithGlobals<TokensOptions>(), name)
    })
}

function roleOption(): Option {
  return new Option('--role <role>', 'what it may do').choices(ROLES).argParser(oneOf(ROLES)).makeOptionMandatory()
}
