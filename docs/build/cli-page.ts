import type { Argument, Command, Option } from 'commander'
import type { CreateCommands } from '../../shared/cli/execute.ts'
import type { Program } from '../../shared/cli/program.ts'
import { plain, type Output, type Terminal } from '../../shared/cli/terminal.ts'

const nowhere: Output = { write() {}, isTTY: false, columns: 80, style: plain }
const terminal: Terminal = { out: nowhere, err: nowhere, env: {}, onInterrupt: () => () => {} }

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;')
}

function words(choices: readonly string[] | undefined): string {
  return choices === undefined ? '' : ` One of ${choices.map((choice) => `\`${choice}\``).join(', ')}.`
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?!]$/.test(capital) ? capital : `${capital}.`
}

function argumentRow(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}…` : argument.name()
  return `| \`${name}\`${argument.required ? '' : ' (optional)'} | ${cell(sentence(argument.description))}${words(argument.argChoices)} |`
}

function optionRow(option: Option): string {
  const flags = option.flags.replaceAll('|', String.raw`\|`)
  const fallback = option.defaultValue === undefined ? '' : ` Default: \`${String(option.defaultValue)}\`.`
  return `| \`${flags}\` | ${option.mandatory ? 'Required. ' : ''}${cell(sentence(option.description))}${words(option.argChoices)}${fallback} |`
}

function rows(head: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `| ${head} | |\n|---|---|\n${lines.join('\n')}\n\n`
}

/** Options under the headings that `--help` shows them under; those of reaching an agent stand once, at the top. */
function ownOptions(command: Command): Option[] {
  return command.createHelp().visibleOptions(command).filter((option) => option.long !== '--help' && !isReaching(option))
}

function isReaching(option: Option): boolean {
  return option.helpGroupHeading?.startsWith('Reaching') === true
}

/** The text that `addHelpText` puts after the help, without its heading. */
function examplesOf(command: Command): string {
  let help = ''
  command.configureOutput({ writeOut: (text) => void (help += text) })
  command.outputHelp()
  const [, after = ''] = help.split(/^Examples:\n/m)
  return after.replaceAll(/^ {2}/gm, '').trim()
}

function section(of: Program, command: Command, path: string, depth: string): string {
  const usage = `${path} ${command.usage()}`.trim()
  const examples = examplesOf(command)
  const subcommands = command.commands.filter((sub) => command.createHelp().visibleCommands(command).includes(sub))
  const reaches = command.options.some(isReaching)
  return `${depth} ${path.slice(of.command.length + 1)}

${command.description()}

\`\`\`
${usage}
\`\`\`

${rows('Argument', command.registeredArguments.map(argumentRow))}${rows('Option', ownOptions(command).map(optionRow))}${reaches ? `Speaks to a running ${of.noun}: see [Reaching the ${of.noun}](#reaching-the-${of.noun}).\n\n` : ''}${examples === '' ? '' : `\`\`\`sh\n${examples}\n\`\`\`\n\n`}${subcommands.map((sub) => section(of, sub, `${path} ${sub.name()}`, `${depth}#`)).join('')}`
}

export interface CliTexts {
  /** What each exit code means here. */
  readonly exits: Readonly<Record<number, string>>
  /** The page of the errors, beside this one. */
  readonly errors: string
}

/** The reference page of a command line, made from its tree of commands. */
export function cliPage(of: Program, create: CreateCommands, { exits, errors }: CliTexts): string {
  const { command: name, noun } = of
  const program = create({ program: of, terminal, now: () => new Date(0) })
  const help = program.createHelp()
  const commands = help.visibleCommands(program).filter((command) => command.name() !== 'help')
  const reaching = commands.flatMap((command) => [command, ...command.commands]).flatMap((command) => command.options).filter(isReaching)
  const unique = [...new Map(reaching.map((option) => [option.long, option])).values()]
  return `# ${name}

${program.description()}

<!-- Made from the commands by \`npm run docs\`; do not edit. -->

\`\`\`
${name} ${program.usage()}
\`\`\`

| Command | |
|---|---|
${commands.map((command) => `| [\`${command.name()}\`](#${command.name()}) | ${cell(sentence(command.summary() || command.description()))} |`).join('\n')}

${rows('Option of every command', help.visibleOptions(program).map(optionRow))}## Exit codes

| Code | |
|---|---|
${Object.entries(exits).map(([code, text]) => `| ${code} | ${text} |`).join('\n')}

With \`--json\` standard output holds exactly the JSON of the API, or of the problem ([${errors}](${errors})); sentences for people go to standard error.
Colours and progress are shown only on a terminal, and without colours where \`NO_COLOR\` is set.

## Reaching the ${noun}

With \`--url\`, that ${noun}. Else, with \`--token-file\` or \`--cert\`, the first TCP address of \`api.listen\` in the configuration. Else its unix
socket, for root and the group of \`api.socket_group\`. Else, where that cannot be used and \`GREENROOM_TOKEN\` is set, TCP again.

${rows('Option', unique.map(optionRow))}${commands.map((command) => section(of, command, `${name} ${command.name()}`, '##')).join('')}`.trimEnd() + '\n'
}
