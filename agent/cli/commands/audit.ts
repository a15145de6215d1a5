import { InvalidArgumentError, type Command } from 'commander'
import { integer } from '../../../shared/cli/arguments.ts'
import { reaching, type Cli, type CommonOptions, type RemoteOptions } from '../../../shared/cli/cli.ts'

export interface AuditOptions extends RemoteOptions {
  readonly after?: number
  readonly limit: number
}

export interface VerifyOptions extends CommonOptions {
  readonly journal?: string
  readonly expectHead?: { readonly seq: number; readonly hash: string }
}

function parseHead(text: string): { seq: number; hash: string } {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (seq === undefined || hash === undefined) throw new InvalidArgumentError('Expected number:hash, as `audit verify` printed it.')
  return { seq: Number(seq), hash }
}

export function registerAudit(program: Command, cli: Cli): void {
  const audit = program
    .command('audit')
    .summary('the journal: who did what, and whether it is whole')
    .description('Shows the journal of everything that was done or refused, and proves that no line of it was changed, inserted or removed.')
    .addHelpText('after', '\nExamples:\n  greenroom-agent audit show\n  sudo greenroom-agent audit verify')
  reaching(
    cli,
    audit
      .command('show', { isDefault: true })
      .summary('the lines of the journal')
      .description('Shows the lines of the journal, oldest first; without --after the latest. Needs the role admin.')
      .option('--after <seq>', 'from the line after this one', integer(0, Number.MAX_SAFE_INTEGER))
      .option('--limit <number>', 'how many', integer(1, 500), 50),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-agent audit show --limit 10\n  greenroom-agent audit show --after 1200 --json')
    .action(async (_options: unknown, command: Command) => {
      const { showAudit } = await import('../audit.ts')
      await showAudit(cli, command.optsWithGlobals<AuditOptions>())
    })
  audit
    .command('verify')
    .summary('whether any line was changed, inserted or removed')
    .description(
      'Reads the journal file itself, with or without a running agent, and names each line that was changed, inserted, moved or removed. ' +
        'Lines cut off the end show against state.json beside it, or against a head kept elsewhere. Ends with 1 when something is wrong.',
    )
    .option('--journal <file>', 'the journal (default: operations.jsonl in state_dir of the configuration)')
    .option('--expect-head <seq:hash>', 'a line that must be there: what an earlier verify printed', parseHead)
    .addHelpText('after', '\nExamples:\n  sudo greenroom-agent audit verify\n  greenroom-agent audit verify --journal backup/operations.jsonl --json')
    .action(async (_options: unknown, command: Command) => {
      const { verifyAudit } = await import('../audit.ts')
      await verifyAudit(cli, command.optsWithGlobals<VerifyOptions>())
    })
}
