import { Option, type Command } from 'commander'
import { TOKEN_NAME } from '../../../shared/auth/token.ts'
import { ROLES, type Role } from '../../../shared/auth/role.ts'
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

const tokensFile = () => new Option('--tokens-file <file>', 'the tokens file (default: api.tokens_file of the configuration)')

export function registerToken(program: Command, cli: Cli): void {
  const token = program
    .command('token')
    .summary('create, list and revoke credentials')
    .description('Manages the credentials of API and CLI. A running agent takes a change over by itself, at once.')
    .addHelpText(
      'after',
      `
Examples:
  sudo greenroom-agent token create --name ci --role operator --services app --expires 90d > ci.token
  sudo greenroom-agent token list
  sudo greenroom-agent token revoke ci`,
    )
  token
    .command('create')
    .summary('make a token and print it, once')
    .description('Makes a token and prints it alone on standard output. Only its hash is kept: it cannot be shown again.')
    .addOption(new Option('--name <name>', 'name in the journal: lower-case letters, digits and "-"').argParser(nameOption(TOKEN_NAME)).makeOptionMandatory())
    .addOption(roleOption())
    .option('--services <names>', 'the only services it may see and change, with commas between', namesOption)
    .option('--expires <duration>', 'how long it may be used, such as 90d; default: for ever', durationOption)
    .option('--signing', 'make a secret for HMAC-signed calls instead, which never travels')
    .addOption(tokensFile())
    .addHelpText(
      'after',
      `
Roles: viewer reads; rollback reads and rolls back; operator changes services;
admin also reads the audit log.

Examples:
  (umask 077; greenroom-agent token create --name ci --role operator --expires 90d > ci.token)
  greenroom-agent token create --name pager --role rollback --services app,web`,
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
    .addHelpText('after', '\nExamples:\n  greenroom-agent token list\n  greenroom-agent token list --json')
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
    .addHelpText('after', '\nExamples:\n  greenroom-agent token revoke ci')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { revokeCommand } = await import('../tokens.ts')
      await revokeCommand(cli, command.optsWithGlobals<TokensOptions>(), name)
    })
}

function roleOption(): Option {
  return new Option('--role <role>', 'what it may do').choices(ROLES).argParser(oneOf(ROLES)).makeOptionMandatory()
}
