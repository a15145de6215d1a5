import type { Command } from 'commander'
import { reaching, type Cli, type RemoteOptions } from '../../../shared/cli/cli.ts'
import { writeJson } from '../../../shared/cli/write-json.ts'
import type { EncoderControl } from '../../jobs/contract.ts'
import { withEncoder } from '../with-encoder.ts'

type Task = Awaited<ReturnType<EncoderControl['housekeeping']>>[number]

export function registerReencode(program: Command, cli: Cli): void {
  reaching(
    cli,
    program
      .command('reencode')
      .summary('make an asset anew from its kept source')
      .description('Puts the source of the version that is current, where it is kept in done/, back into the ingest folder: it is made anew by the profile of today. Players go on with the old version until the new one is complete.')
      .argument('<asset>', 'the asset'),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-encoder reencode films/a')
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RemoteOptions>()
      await withEncoder(cli, options, async (client, again) => {
        const answer = await client.call<{ readonly name: string }>('POST', `/v1/assets/${encodeURIComponent(name)}/reencode`, { body: {}, patience: 0 })
        if (options.json === true) writeJson(cli, answer.text)
        else cli.terminal.out.write(`${name}: ${answer.body.name} is in the ingest folder again\n  see how it goes: ${again('jobs')}\n`)
      })
    })
}

export function registerHousekeeping(program: Command, cli: Cli): void {
  reaching(
    cli,
    program
      .command('housekeeping')
      .summary('tidy up now')
      .description('Does at once what is done by the clock: deletes old versions, old sources and orphaned work, and compares the ledger with the store.')
      .option('--dry-run', 'tell what would be done; change nothing'),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-encoder housekeeping --dry-run\n  greenroom-encoder housekeeping')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RemoteOptions & { dryRun?: boolean }>()
      const { out } = cli.terminal
      await withEncoder(cli, options, async (client) => {
        const answer = await client.call<{ readonly tasks: readonly Task[] }>('POST', '/v1/housekeeping', { body: options.dryRun === true ? { dry_run: true } : {}, patience: 0 })
        if (options.json === true) writeJson(cli, answer.text)
        else for (const { task, summary, attention } of answer.body.tasks) out.write(`${attention ? out.style.yellow(task) : out.style.bold(task)}: ${summary}\n`)
      })
    })
}
