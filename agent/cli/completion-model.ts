import type { Command, Option } from 'commander'

export interface CompletedOption {
  readonly flag: string
  readonly description: string
  /** What follows it: nothing, a file, a service, one of some words, or anything. */
  readonly value: 'none' | 'file' | 'service' | 'any' | readonly string[]
}

export interface CompletedArgument {
  readonly name: string
  readonly value: 'file' | 'service' | 'any' | readonly string[]
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

function optionOf(option: Option): CompletedOption {
  const placeholder = /[<[]([^>\]]+)/.exec(option.flags)?.[1]
  const value = (): CompletedOption['value'] => {
    if (placeholder === undefined) return 'none'
    if (option.argChoices !== undefined) return option.argChoices
    if (placeholder === 'file') return 'file'
    return placeholder === 'service' ? 'service' : 'any'
  }
  return { flag: option.long ?? option.flags, description: option.description, value: value() }
}

function argumentsOf(command: Command): CompletedArgument[] {
  return command.registeredArguments.map((argument) => {
    const name = argument.name()
    const value = argument.argChoices ?? (name === 'service' ? 'service' : name === 'file' || name === 'vhost' ? 'file' : 'any')
    return { name, value, variadic: argument.variadic }
  })
}

/** Reads the commander tree, so that completions know each command and option that there is. */
export function completionModel(program: Command): CompletedCommand[] {
  const help = program.createHelp()
  const shared = help.visibleOptions(program).map(optionOf)
  const walk = (command: Command, path: string): CompletedCommand[] => {
    const subcommands = help.visibleCommands(command).filter((sub) => sub.name() !== 'help')
    const own = command === program ? [] : help.visibleOptions(command).map(optionOf)
    const flags = new Set(own.map(({ flag }) => flag))
    return [
      {
        path,
        subcommands: subcommands.map((sub) => ({ name: sub.name(), description: sub.summary() || sub.description() })),
        options: [...own, ...shared.filter(({ flag }) => !flags.has(flag) && (flag !== '--version' || command === program))],
        arguments: argumentsOf(command),
      },
      ...subcommands.flatMap((sub) => walk(sub, path === '' ? sub.name() : `${path} ${sub.name()}`)),
    ]
  }
  return walk(program, '')
}
