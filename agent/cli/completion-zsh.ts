import type { CompletedArgument, CompletedCommand, CompletedOption } from './completion-model.ts'

/** A text inside a single-quoted `_arguments` or `_describe` specification. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(/[[\]:]/g, String.raw`\$&`).replaceAll("'", `'\\''`)
}

function action(value: CompletedOption['value'] | CompletedArgument['value']): string {
  if (typeof value !== 'string') return `(${value.join(' ')})`
  if (value === 'service') return '_greenroom_agent_services'
  return value === 'file' ? '_files' : ' '
}

function functionName(path: string): string {
  return `_greenroom_agent${path === '' ? '' : `_${path.replaceAll(/[ -]/g, '_')}`}`
}

function functionFor(command: CompletedCommand): string {
  const options = command.options.map(({ flag, description, value }) =>
    value === 'none' ? `'${flag}[${escaped(description)}]'` : `'${flag}[${escaped(description)}]:value:${action(value)}'`,
  )
  const positions = command.arguments.map((argument, index) => `'${argument.variadic ? '*' : index + 1}:${argument.name}:${action(argument.value)}'`)
  if (command.subcommands.length === 0) {
    return `${functionName(command.path)}() {\n  _arguments \\\n    ${[...options, ...positions].join(' \\\n    ')}\n}`
  }
  const described = command.subcommands.map(({ name, description }) => `'${name}:${escaped(description)}'`)
  const cases = command.subcommands.map(({ name }) => `        ${name}) ${functionName(command.path === '' ? name : `${command.path} ${name}`)} ;;`)
  return `${functionName(command.path)}() {
  local state line
  local -A opt_args
  _arguments -C \\
    ${[...options, `'(-)1:command:->command'`, `'(-)*::argument:->argument'`].join(' \\\n    ')}
  case $state in
    command)
      local -a commands=(${described.join(' ')})
      _describe command commands
      ;;
    argument)
      case $line[1] in
${cases.join('\n')}
      esac
      ;;
  esac
}`
}

/** A completion script for zsh. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef greenroom-agent
# zsh completion of greenroom-agent; made by \`greenroom-agent completion zsh\`
_greenroom_agent_services() {
  local -a services config typed=(\${(z)BUFFER})
  local -i at=\${typed[(i)--config]}
  (( at < $#typed )) && config=(--config \${(Q)typed[at+1]})
  services=(\${(f)"$(greenroom-agent complete-services $config 2>/dev/null)"})
  _describe service services
}
${commands.map(functionFor).join('\n')}
if [[ $funcstack[1] == _greenroom_agent ]]; then _greenroom_agent "$@"; else compdef _greenroom_agent greenroom-agent; fi
`
}
