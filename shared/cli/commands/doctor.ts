import type { Command } from 'commander'
import type { Finding } from '../../doctor/finding.ts'
import type { Cli, CommonOptions } from '../cli.ts'

export interface Doctor {
  readonly summary: string
  readonly description: string
  /** Loads what looks at the host. */
  readonly load: () => Promise<Examine>
}

export interface ExamineOptions {
  /** Value of PATH. */
  readonly path: string
  readonly now: Date
  readonly uid: number
}

export type Examine = (configFile: string, options: ExamineOptions) => Promise<readonly Finding[]>

export function registerDoctor(program: Command, cli: Cli, { summary, description, load }: Doctor): void {
  const { command: name } = cli.program
  program
    .command('doctor')
    .summary(summary)
    .description(description)
    .addHelpText(
      'after',
      `
Examples:
  sudo ${name} doctor
  ${name} doctor --json | jq '.findings[] | select(.state != "ok")'`,
    )
    .action(async (_options: unknown, command: Command) => {
      const { doctorCommand } = await import('../doctor.ts')
      await doctorCommand(cli, command.optsWithGlobals<CommonOptions>(), await load())
    })
}
