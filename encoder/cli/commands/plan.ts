import type { Command } from 'commander'
import type { Cli } from '../../../shared/cli/cli.ts'
import type { PlanOptions } from '../plan-file.ts'

export function registerPlan(program: Command, cli: Cli): void {
  program
    .command('plan')
    .summary('what would be made of a file, and why')
    .description('Examines a file as the encoder would and shows what it would make of it: each rung and why it is or is not there, audio, captions, what is changed or left out. Needs no running encoder and changes nothing. Ends with 3 and the reason for a file that would be refused.')
    .argument('<file>', 'the file')
    .option('--profile <profile>', 'by this profile; default: what the options file beside it says, else default')
    .addHelpText('after', '\nExamples:\n  greenroom-encoder plan holiday.mov\n  greenroom-encoder plan holiday.mov --profile uhd --json | jq .plan.considered')
    .action(async (file: string, _options: unknown, command: Command) => {
      const { planFile } = await import('../plan-file.ts')
      await planFile(cli, command.optsWithGlobals<PlanOptions>(), file)
    })
}
