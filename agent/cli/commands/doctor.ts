import type { Command } from 'commander'
import type { Cli, CommonOptions } from '../cli.ts'

export function registerDoctor(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .summary('look for everything that would keep a switch from working')
    .description('Looks at the configuration, Nginx, its vhosts, permissions, ports, storage, tools and the clock, and says how to mend what it finds. Changes nothing. Exit code 1 when something fails.')
    .addHelpText(
      'after',
      `
Examples:
  sudo greenroom-agent doctor
  greenroom-agent doctor --json | jq '.findings[] | select(.state != "ok")'`,
    )
    .action(async (_options: unknown, command: Command) => {
      const { doctorCommand } = await import('../doctor.ts')
      await doctorCommand(cli, command.optsWithGlobals<CommonOptions>())
    })
}
