import { functionPrefix, isLookedUp } from './completion-names.ts'
import type { CompletedArgument, CompletedCommand, CompletedOption } from './completion-model.ts'

/** A text inside a single-quoted `_arguments` or `_describe` specification. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(/[[\]:]/g, String.raw`\$&`).replaceAll("'", `'\\''`)
}

function action(fn: string, value: CompletedOption['value'] | CompletedArgument['value']): string {
  if (isLookedUp(value)) return `${fn}_${value.kind}s`
  if (typeof value !== 'string') return `(${value.join(' ')})`
  return value === 'file' ? '_files' : ' '
}

function functionName(fn: string, path: string): string {
  return `${fn}${path === '' ? '' : `_${path.replaceAll(/[ -]/g, '_')}`}`
}

function functionFor(fn: string, command: CompletedCommand): string {
  const options = command.options.map(({ flag, description, value }) =>
    value === 'none' ? `'${flag}[${escaped(description)}]'` : `'${flag}[${escaped(description)}]:value:${action(fn, value)}'`,
  )
  const positions = command.arguments.map((argument, index) => `'${argument.variadic ? '*' : index + 1}:${argument.name}:${action(fn, argument.value)}'`)
  if (command.subcommands.length === 0) {
    return `${functionName(fn, command.path)}() {\n  _arguments \\\n    ${[...options, ...positions].join(' \\\n    ')}\n}`
  }
  const described = command.subcommands.map(({ name, description }) => `'${name}:${escaped(description)}'`)
  const cases = command.subcommands.map(({ name }) => `        ${name}) ${functionName(fn, command.path === '' ? name : `${command.path} ${name}`)} ;;`)
  return `${functionName(fn, command.path)}() {
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
export function zshCompletion(program: string, kinds: readonly string[], commands: readonly CompletedCommand[]): string {
  const fn = functionPrefix(program)
  return `#compdef ${program}
# zsh completion of ${program}; made by \`${program} completion zsh\`
${kinds.map((kind) => `${fn}_${kind}s() {
  local -a names config typed=(\${(z)BUFFER})
  local -i at=\${typed[(i)--config]}
  (( at < $#typed )) && config=(--config \${(Q)typed[at+1]})
  names=(\${(f)"$(${program} complete-${kind}s $config 2>/dev/null)"})
  _describe ${kind} names
}
`).join('')}${commands.map((command) => functionFor(fn, command)).join('\n')}
if [[ $funcstack[1] == ${fn} ]]; then ${fn} "$@"; else compdef ${fn} ${program}; fi
`
}
