import { Argument, type Command } from 'commander'
import { choice } from '../arguments.ts'
import type { Cli, CommonOptions } from '../cli.ts'
import { bashCompletion } from '../completion-bash.ts'
import { completionModel } from '../completion-model.ts'
import { zshCompletion } from '../completion-zsh.ts'
import { readLocalConfig } from '../local-config.ts'

async function serviceNames(config: string): Promise<readonly string[]> {
  try {
    return (await readLocalConfig(config)).services
  } catch {
    // Somebody is pressing the tab key: no candidates are better than an error in the middle of the line.
    return []
  }
}

export function registerCompletion(program: Command, cli: Cli): void {
  const { out } = cli.terminal
  program
    .command('completion')
    .summary('a completion script for bash or zsh')
    .description('Prints a script that completes commands, options, colours and the services of the configuration.')
    .addArgument(choice(new Argument('<shell>', 'bash or zsh'), ['bash', 'zsh']))
    .addHelpText(
      'after',
      `
Examples:
  greenroom-agent completion bash > /etc/bash_completion.d/greenroom-agent
  greenroom-agent completion zsh > /usr/local/share/zsh/site-functions/_greenroom-agent`,
    )
    .action((shell: string) => {
      const model = completionModel(program)
      out.write(shell === 'bash' ? bashCompletion(model) : zshCompletion(model))
    })
  program.command('complete-services', { hidden: true }).action(async (_options: unknown, command: Command) => {
    const names = await serviceNames(command.optsWithGlobals<CommonOptions>().config)
    out.write(names.map((name) => `${name}\n`).join(''))
  })
}
