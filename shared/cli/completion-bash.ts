import { functionPrefix, isLookedUp } from './completion-names.ts'
import type { CompletedArgument, CompletedCommand, CompletedOption } from './completion-model.ts'

/** The bash command that answers with the candidates for one kind of value. */
function candidates(fn: string, value: CompletedOption['value'] | CompletedArgument['value']): string {
  if (isLookedUp(value)) return `${fn}_${value.kind}s`
  if (typeof value !== 'string') return `${fn}_words '${value.join(' ')}'`
  return value === 'file' ? `${fn}_files` : ':'
}

function caseFor(fn: string, command: CompletedCommand): string {
  const valued = command.options.filter(({ value }) => value !== 'none')
  const afterOption = valued.map(({ flag, value }) => `      ${flag}) ${candidates(fn, value)}; return ;;`)
  const last = command.arguments.at(-1)
  const positions = command.arguments.map((argument, index) => `      ${argument === last && argument.variadic ? '*' : index}) ${candidates(fn, argument.value)} ;;`)
  const words = command.subcommands.map(({ name }) => name).join(' ')
  return `  '${command.path}')
    case $previous in
${afterOption.join('\n')}
    esac
    if [[ $current == -* ]]; then ${fn}_words '${command.options.map(({ flag }) => flag).join(' ')}'; return; fi
${words === '' ? '' : `    ${fn}_words '${words}'\n`}${positions.length === 0 ? '' : `    case $position in\n${positions.join('\n')}\n    esac\n`}    ;;`
}

/** A completion script for bash; needs no bash-completion package. */
export function bashCompletion(program: string, kinds: readonly string[], commands: readonly CompletedCommand[]): string {
  const fn = functionPrefix(program)
  const paths = commands.map(({ path }) => `'${path}'`).join('|')
  const valued = [...new Set(commands.flatMap(({ options }) => options.filter(({ value }) => value !== 'none').map(({ flag }) => flag)))]
  return `# bash completion of ${program}; made by \`${program} completion bash\`
${fn}_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }
${fn}_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); }
${kinds.map((kind) => `${fn}_${kind}s() {
  ${fn}_words "$("\${COMP_WORDS[0]}" complete-${kind}s \${config:+--config "$config"} 2>/dev/null)"
}
`).join('')}${fn}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' position=0 config='' index word try
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case $word in
      --config) config=\${COMP_WORDS[index+1]}; index=$((index + 1)); continue ;;
      ${valued.filter((flag) => flag !== '--config').join('|')}) index=$((index + 1)); continue ;;
      -*) continue ;;
    esac
    try=\${path:+$path }$word
    case $try in
      ${paths}) path=$try ;;
      *) position=$((position + 1)) ;;
    esac
  done
  case $path in
${commands.map((command) => caseFor(fn, command)).join('\n')}
  esac
}
complete -F ${fn} ${program}
`
}
