import { Argument, type Command } from 'commander'
import { choice } from '../arguments.ts'
import type { Cli, CommonOptions } from '../cli.ts'
import { bashCompletion } from '../completion-bash.ts'
import { completionModel } from '../completion-model.ts'
import { zshCompletion } from '../completion-zsh.ts'

/** Kinds of names that are looked up while somebody types, by the placeholder that stands for them: `service`. */
export type NameSources = Readonly<Record<string, (options: CommonOptions) => Promise<readonly string[]>>>

export function registerCompletion(program: Command, cli: Cli, description: string, names: NameSources): void {
  const { out } = cli.terminal
  const { command } = cli.program
  program
    .command('completion')
    .summary('a completion script for bash or zsh')
    .description(description)
    .addArgument(choice(new Argument('<shell>', 'bash or zsh'), ['bash', 'zsh']))
    .addHelpText(
      'after',
      `
Examples:
  ${command} completion bash > /etc/bash_completion.d/${command}
  ${command} completion zsh > /usr/local/share/zsh/site-functions/_${command}`,
    )
    .action((shell: string) => {
      const model = completionModel(program, new Set(Object.keys(names)))
      out.write(shell === 'bash' ? bashCompletion(command, Object.keys(names), model) : zshCompletion(command, Object.keys(names), model))
    })
  for (const [kind, look] of Object.entries(names)) {
    program.command(`complete-${kind}s`, { hidden: true }).action(async (_options: unknown, self: Command) => {
      // Somebody is pressing the tab key: no candidates are better than an error in the middle of the line.
      const found = await look(self.optsWithGlobals<CommonOptions>()).catch(() => [])
      out.write(found.map((name) => `${name}\n`).join(''))
    })
  }
}
