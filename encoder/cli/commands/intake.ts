import type { Command } from 'commander'
import { integer } from '../../../shared/cli/arguments.ts'
import { reaching, type Cli, type RemoteOptions } from '../../../shared/cli/cli.ts'
import { table } from '../../../shared/cli/table.ts'
import { ago, bytesOf, count } from '../../../shared/cli/words.ts'
import { writeJson } from '../../../shared/cli/write-json.ts'
import type { WaitingFile } from '../../intake/contract.ts'
import type { EncoderControl } from '../../jobs/contract.ts'
import { withEncoder } from '../with-encoder.ts'

type IntakeView = ReturnType<EncoderControl['intake']>

function intakeText({ paused, problem, waiting }: IntakeView, cli: Cli): string {
  const { style } = cli.terminal.out
  return [
    paused === null ? style.green('sources are taken') : `${style.yellow('paused')} ${paused}`,
    ...(problem === null ? [] : [`${style.yellow(problem.code)}: ${problem.message}`]),
    waiting === 0 ? 'no file waits' : `${count(waiting, 'file')} ${waiting === 1 ? 'waits' : 'wait'} (greenroom-encoder waiting)`,
  ].map((line) => `${line}\n`).join('')
}

async function intake(cli: Cli, options: RemoteOptions, method: 'GET' | 'POST', path: string, body?: unknown): Promise<void> {
  await withEncoder(cli, options, async (client) => {
    const answer = await client.call<IntakeView>(method, path, body === undefined ? {} : { body })
    if (options.json === true) writeJson(cli, answer.text)
    else cli.terminal.out.write(intakeText(answer.body, cli))
  })
}

export function registerIntake(program: Command, cli: Cli): void {
  const command = program
    .command('intake')
    .summary('stop taking sources, or take them again')
    .description('Shows whether sources are taken from the ingest folder; stops that, or lets it go on. Jobs that have begun go on in any case.')
    .addHelpText('after', '\nExamples:\n  greenroom-encoder intake pause --reason "the disk is being changed"\n  greenroom-encoder intake resume')
  reaching(cli, command.command('show', { isDefault: true }).summary('whether sources are taken').description('Shows whether sources are taken, and what is wrong with the ingest folder.'))
    .addHelpText('after', '\nExamples:\n  greenroom-encoder intake show --json')
    .action(async (_options: unknown, self: Command) => {
      await intake(cli, self.optsWithGlobals<RemoteOptions>(), 'GET', '/v1/intake')
    })
  reaching(cli, command.command('pause').summary('take no more sources').description('Takes no more sources until it is resumed, also over a restart. Every waiting file then shows who did that and why.').option('--reason <text>', 'why'))
    .addHelpText('after', '\nExamples:\n  greenroom-encoder intake pause --reason "the disk is being changed"')
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<RemoteOptions & { reason?: string }>()
      await intake(cli, options, 'POST', '/v1/intake/pause', options.reason === undefined ? {} : { reason: options.reason })
    })
  reaching(cli, command.command('resume').summary('take sources again').description('Takes sources again.'))
    .addHelpText('after', '\nExamples:\n  greenroom-encoder intake resume')
    .action(async (_options: unknown, self: Command) => {
      await intake(cli, self.optsWithGlobals<RemoteOptions>(), 'POST', '/v1/intake/resume')
    })
}

interface WaitingOptions extends RemoteOptions {
  readonly limit: number
}

export function registerWaiting(program: Command, cli: Cli): void {
  reaching(
    cli,
    program
      .command('waiting')
      .summary('files that are not taken yet, and why')
      .description('Lists the files in the ingest folder that are not taken yet, each with the reason and what will happen next.')
      .argument('[name]', 'only files whose path contains this')
      .option('--limit <number>', 'how many', integer(1, 500), 100),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-encoder waiting\n  greenroom-encoder waiting holiday.mov')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<WaitingOptions>()
      const { out } = cli.terminal
      await withEncoder(cli, options, async (client) => {
        const answer = await client.call<{ total: number; waiting: readonly WaitingFile[] }>('GET', '/v1/waiting', { query: { name, limit: options.limit } })
        if (options.json === true) {
          writeJson(cli, answer.text)
          return
        }
        const { total, waiting } = answer.body
        const rows = waiting.map((file) => ({ cells: [file.name, bytesOf(file.size), ago(file.first_seen, cli.now()), file.reason], notes: [file.detail] }))
        out.write(rows.length === 0 ? 'No file waits.\n' : table(['FILE', 'SIZE', 'SEEN', 'REASON'].map(out.style.bold), rows, out.columns))
        if (total > rows.length) out.write(`… and ${total - rows.length} more: name one, or raise --limit\n`)
      })
    })
}
