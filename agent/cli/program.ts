import { Command } from 'commander'
import { version } from '../version.ts'
import type { Cli } from './cli.ts'
import { registerAdopt } from './commands/adopt.ts'
import { registerAudit } from './commands/audit.ts'
import { registerCompletion } from './commands/completion.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerMaintenance } from './commands/maintenance.ts'
import { registerOperations } from './commands/operations.ts'
import { registerPin } from './commands/pin.ts'
import { registerPool } from './commands/pool.ts'
import { registerRollback } from './commands/rollback.ts'
import { registerCheckConfig, registerRun } from './commands/run.ts'
import { registerStatus } from './commands/status.ts'
import { registerSwitch } from './commands/switch.ts'
import { registerToken } from './commands/token.ts'
import { DEFAULT_CONFIG } from './local-config.ts'

/** A command in the list: its name and arguments, without the `[options]` that each has. */
function subcommandTerm(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name()
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...names].join(' ')
}

/** All commands with their options; docs/reference/cli.md and the completions are made from this tree. */
export function createProgram(cli: Cli): Command {
  const program = new Command('greenroom-agent')
    .description('Moves the traffic of blue/green services behind Nginx without losing a request, and proves that it did.')
    .version(version(), '--version', 'print the version')
    .option('--config <file>', 'configuration of the agent', DEFAULT_CONFIG)
    .option('--json', 'print the answer as JSON, and nothing else on standard output')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'the help of a command')
    .configureHelp({ showGlobalOptions: true, subcommandTerm })

  program.commandsGroup('Look:')
  registerStatus(program, cli)
  registerOperations(program, cli)
  registerAudit(program, cli)
  program.commandsGroup('Change:')
  registerSwitch(program, cli)
  registerRollback(program, cli)
  registerMaintenance(program, cli)
  registerPool(program, cli)
  registerPin(program, cli)
  program.commandsGroup('Set up:')
  registerRun(program, cli)
  registerCheckConfig(program, cli)
  registerToken(program, cli)
  registerAdopt(program, cli)
  registerDoctor(program, cli)
  registerCompletion(program, cli)
  program.addHelpText(
    'after',
    `
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused by a
gate or another operation, 130 no longer waiting (Ctrl-C); the agent goes on.

Examples:
  greenroom-agent status
  greenroom-agent switch app green --reason "release 42"
  greenroom-agent rollback app`,
  )
  return program
}
