import { Command } from 'commander'
import { version } from '../version.ts'
import type { Program } from './program.ts'

/** A command in the list: its name and arguments, without the `[options]` that each has. */
function subcommandTerm(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name()
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...names].join(' ')
}

/** The program itself, with the options of every command; the commands are added to it. */
export function baseCommand({ command, noun, configFile }: Program, description: string): Command {
  return new Command(command)
    .description(description)
    .version(version(), '--version', 'print the version')
    .option('--config <file>', `configuration of the ${noun}`, configFile)
    .option('--json', 'print the answer as JSON, and nothing else on standard output')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'the help of a command')
    .configureHelp({ showGlobalOptions: true, subcommandTerm })
}
