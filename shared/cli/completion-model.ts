import type { Command, Option } from 'commander'

/** A name that the program is asked for: `service`. */
export interface LookedUp {
  readonly kind: string
}

export interface CompletedOption {
  readonly flag: string
  readonly description: string
  /** What follows it: nothing, a file, one of some words, anything, or a name that is looked up. */
  readonly value: 'none' | 'file' | 'any' | LookedUp | readonly string[]
}

export interface CompletedArgument {
  readonly name: string
  readonly value: 'file' | 'any' | LookedUp | readonly string[]
  readonly variadic: boolean
}

/** What may be typed after one command, given by the words that lead to it. */
export interface CompletedCommand {
  /** `` for the program itself, `token create`, … */
  readonly path: string
  readonly subcommands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly CompletedOption[]
  readonly arguments: readonly CompletedArgument[]
}

function optionOf(option: Option, kinds: ReadonlySet<string>): CompletedOption {
  const placeholder = /[<[]([^>\]]+)/.exec(option.flags)?.[1]
  const value = (): CompletedOption['value'] => {
    if (placeholder === undefined) return 'none'
    if (option.argChoices !== undefined) return option.argChoices
    if (placeholder === 'file') return 'file'
    return kinds.has(placeholder) ? { kind: placeholder } : 'any'
  }
  return { flag: option.long ?? option.flags, description: option.description, value: value() }
}

function argumentsOf(command: Command, kinds: ReadonlySet<string>): CompletedArgument[] {
  return command.registeredArguments.map((argument) => {
    const name = argument.name()
    const value = argument.argChoices ?? (kinds.has(name) ? { kind: name } : name === 'file' || name === 'vhost' ? 'file' : 'any')
    return { name, value, variadic: argument.variadic }
  })
}

/** Reads the commander tree, so that completions know each command and option that there is. */
export function completionModel(program: Command, kinds: ReadonlySet<string>): CompletedCommand[] {
  const help = program.createHelp()
  const shared = help.visibleOptions(program).map((option) => optionOf(option, kinds))
  const walk = (command: Command, path: string): CompletedCommand[] => {
    const subcommands = help.visibleCommands(command).filter((sub) => sub.name() !== 'help')
    const own = command === program ? [] : help.visibleOptions(command).map((option) => optionOf(option, kinds))
    const flags = new Set(own.map(({ flag }) => flag))
    return [
      {
        path,
        subcommands: subcommands.map((sub) => ({ name: sub.name(), description: sub.summary() || sub.description() })),
        options: [...own, ...shared.filter(({ flag }) => !flags.has(flag) && (flag !== '--version' || command === program))],
        arguments: argumentsOf(command, kinds),
      },
      ...subcommands.flatMap((sub) => walk(sub, path === '' ? sub.name() : `${path} ${sub.name()}`)),
    ]
  }
  return walk(program, '')
}
