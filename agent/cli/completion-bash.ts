import type { CompletedArgument, CompletedCommand, CompletedOption } from './completion-model.ts'

/** The bash command that answers with the candidates for one kind of value. */
function candidates(value: CompletedOption['value'] | CompletedArgument['value']): string {
  if (typeof value !== 'string') return `_greenroom_agent_words '${value.join(' ')}'`
  if (value === 'service') return '_greenroom_agent_services'
  return value === 'file' ? '_greenroom_agent_files' : ':'
}

function caseFor(command: CompletedCommand): string {
  const valued = command.options.filter(({ value }) => value !== 'none')
  const afterOption = valued.map(({ flag, value }) => `      ${flag}) ${candidates(value)}; return ;;`)
  const last = command.arguments.at(-1)
  const positions = command.arguments.map((argument, index) => `      ${argument === last && argument.variadic ? '*' : index}) ${candidates(argument.value)} ;;`)
  const words = command.subcommands.map(({ name }) => name).join(' ')
  return `  '${command.path}')
    case $previous in
${afterOption.join('\n')}
    esac
    if [[ $current == -* ]]; then _greenroom_agent_words '${command.options.map(({ flag }) => flag).join(' ')}'; return; fi
${words === '' ? '' : `    _greenroom_agent_words '${words}'\n`}${positions.length === 0 ? '' : `    case $position in\n${positions.join('\n')}\n    esac\n`}    ;;`
}

/** A completion script for bash; needs no bash-completion package. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const paths = commands.map(({ path }) => `'${path}'`).join('|')
  const valued = [...new Set(commands.flatMap(({ options }) => options.filter(({ value }) => value !== 'none').map(({ flag }) => flag)))]
  return `# bash completion of greenroom-agent; made by \`greenroom-agent completion bash\`
_greenroom_agent_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }
_greenroom_agent_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); }
_greenroom_agent_services() {
  _greenroom_agent_words "$("\${COMP_WORDS[0]}" complete-services \${config:+--config "$config"} 2>/dev/null)"
}
_greenroom_agent() {
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
${commands.map(caseFor).join('\n')}
  esac
}
complete -F _greenroom_agent greenroom-agent
`
}
