import { Option, type Command } from 'commander'
import type { Role } from '../../auth/role.ts'
import type { Again, Cli, CommonOptions } from '../cli.ts'
import type { Answers, Question } from '../init/question.ts'

/** A file that `init` makes. */
export interface InitFile {
  readonly path: string
  readonly text: string
  readonly mode: number
}

/** What a daemon's `init` asks and makes. */
export interface Init {
  readonly description: string
  readonly questions: readonly Question[]
  readonly examples: string
  readonly role: Role
  /** The commented configuration; `tokensFile` where it is not the usual one. */
  readonly config: (answers: Answers, tokensFile: string | null) => string
  /** Throws a ConfigError with what is wrong with it. */
  readonly check: (text: string, file: string) => unknown
  readonly files: (answers: Answers) => readonly InitFile[]
  /** Commands to type next. */
  readonly next: (answers: Answers, lines: NextLines) => readonly string[]
}

/** Lines that people paste, on the configuration that was written. */
export interface NextLines {
  readonly again: Again
  /** What starts the daemon. */
  readonly start: string
}

export interface InitOptions extends CommonOptions {
  readonly token: string | false
  readonly tokensFile?: string
  readonly force?: boolean
  readonly defaults?: boolean
}

export function registerInit(program: Command, cli: Cli, load: () => Promise<Init>, { description, questions, examples }: Pick<Init, 'description' | 'questions' | 'examples'>): void {
  const command = program.command('init').summary('write a first configuration and make a first token').description(description)
  for (const { name, value, text, fallback, secret } of questions) {
    if (secret !== true) command.option(`--${name} <${value}>`, `${text}${fallback === '' ? '' : `; default: ${fallback}`}`)
  }
  command
    .addOption(new Option('--token <name>', 'name of the first token, which is printed alone on standard output').default('ci'))
    .option('--no-token', 'make no token')
    .addOption(new Option('--tokens-file <file>', `the tokens file; default: ${cli.program.defaults.tokensFile}`))
    .option('--defaults', 'ask nothing: what no flag says is as it is by default')
    .option('--force', 'replace a configuration that is there')
    .addHelpText('after', `\nExamples:\n${examples}`)
    .action(async (_options: unknown, self: Command) => {
      const { initCommand } = await import('../init.ts')
      await initCommand(cli, self.optsWithGlobals<InitOptions & Record<string, unknown>>(), await load())
    })
}
