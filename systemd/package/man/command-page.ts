import type { Argument, Command, Option } from 'commander'
import { example, heading, item, literal, page, part, prose } from './roff.ts'

export interface CommandPage {
  readonly program: Command
  /** Name of the unit and of the configuration's page: `agent.toml`. */
  readonly config: string
  readonly files: Readonly<Record<string, string>>
  /** Day of the source, `2026-01-31`. */
  readonly date: string
}

/** Section 1 of the manual, made from the tree of commands. */
export function commandPage({ program, config, files, date }: CommandPage): string {
  const name = program.name()
  const help = program.createHelp()
  const commands = help.visibleCommands(program).filter((command) => command.name() !== 'help')
  return page(name, 1, 'User commands', date, [
    heading('name'),
    `${literal(name)} \\- ${firstWords(program.description())}`,
    heading('synopsis'),
    `\\fB${literal(name)}\\fR ${literal(program.usage())}`,
    heading('description'),
    prose(program.description()),
    heading('options of every command'),
    ...help.visibleOptions(program).map(optionItem),
    heading('commands'),
    ...commands.flatMap((command) => section(command, command.name())),
    heading('exit status'),
    item('0', 'Done.'),
    item('1', 'Failed.'),
    item('2', 'Wrong usage or configuration.'),
    item('3', 'Refused; nothing was changed.'),
    item('130', prose('No longer waiting (Ctrl-C); the daemon goes on.')),
    heading('files'),
    ...Object.entries(files).map(([path, text]) => item(path, prose(text))),
    heading('see also'),
    `\\fB${literal(config)}\\fR(5), \\fBsystemctl\\fR(1), \\fBnginx\\fR(8)`,
  ])
}

/** What `whatis` shows: one line, without a full stop. */
function firstWords(description: string): string {
  return literal(description.split(/[.:](?:\s|$)/)[0] ?? description)
}

function section(command: Command, path: string): string[] {
  const help = command.createHelp()
  const own = help.visibleOptions(command).filter((option) => option.long !== '--help' && option.helpGroupHeading?.startsWith('Reaching') !== true)
  const inner = help.visibleCommands(command).filter((sub) => sub.name() !== 'help')
  return [
    part(`${path} ${command.usage()}`.trim()),
    prose(command.description()),
    ...command.registeredArguments.map(argumentItem),
    ...own.map(optionItem),
    ...examplesOf(command).map(example),
    ...inner.flatMap((sub) => section(sub, `${path} ${sub.name()}`)),
  ]
}

function argumentItem(argument: Argument): string {
  return item(argument.name(), prose(argument.description))
}

function optionItem(option: Option): string {
  const fallback = option.defaultValue === undefined ? '' : ` Default: ${String(option.defaultValue)}.`
  return item(option.flags, prose(`${option.description}${fallback}`))
}

function examplesOf(command: Command): string[] {
  let help = ''
  command.configureOutput({ writeOut: (text) => void (help += text) })
  command.outputHelp()
  const text = help.split(/^Examples:\n/m)[1]?.replaceAll(/^ {2}/gm, '').trim() ?? ''
  return text === '' ? [] : [text]
}
