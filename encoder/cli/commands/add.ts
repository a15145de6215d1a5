import type { Command } from 'commander'
import type { Cli } from '../../../shared/cli/cli.ts'
import type { AddCommandOptions } from '../add-command.ts'

export function registerAdd(program: Command, cli: Cli): void {
  program
    .command('add')
    .summary('put files into the ingest folder the right way')
    .description('Copies files into the ingest folder so that no half of one is ever seen, with the options and captions files that lie beside them. Nothing is overwritten. Needs no running encoder, but the right to write there.')
    .argument('<file...>', 'the files')
    .option('--profile <profile>', 'into the folder of this profile')
    .option('--asset <asset>', 'name of the asset, for a single file; default: made from its name')
    .option('--move', 'take the files away from where they are')
    .addHelpText('after', '\nExamples:\n  greenroom-encoder add holiday.mov\n  greenroom-encoder add --profile uhd --asset films/holiday holiday.mov\n  greenroom-encoder add --move *.mp4')
    .action(async (files: string[], _options: unknown, command: Command) => {
      const { addCommand } = await import('../add-command.ts')
      await addCommand(cli, command.optsWithGlobals<AddCommandOptions>(), files)
    })
}
