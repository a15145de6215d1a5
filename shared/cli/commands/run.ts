import type { Command } from 'commander'
import type { ConfigSummary } from '../check-config.ts'
import type { Cli, CommonOptions } from '../cli.ts'
import { Finished } from '../finished.ts'

/** What `run` and `check-config` do. Loaded when asked for: the other commands need little of a daemon. */
export interface RunActions {
  readonly run: () => Promise<(cli: Cli, options: CommonOptions) => Promise<number>>
  readonly summarise: () => Promise<(file: string) => Promise<ConfigSummary>>
}

async function check(cli: Cli, options: CommonOptions, actions: Pick<RunActions, 'summarise'>): Promise<void> {
  const { checkConfig } = await import('../check-config.ts')
  await checkConfig(cli, options, await actions.summarise())
}

export function registerRun(program: Command, cli: Cli, actions: RunActions): void {
  const { command: name, noun, configFile } = cli.program
  program
    .command('run')
    .summary(`run the ${noun} in the foreground`)
    .description(`Runs the ${noun} until SIGTERM or Ctrl-C; systemd does this. The log goes to standard output, one JSON object a line.`)
    .option('--check-config', 'only check the configuration, as check-config does')
    .addHelpText(
      'after',
      `
Examples:
  ${name} run
  ${name} run --config ${configFile} --check-config
  systemctl start ${name}`,
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { checkConfig?: boolean }>()
      if (options.checkConfig === true) {
        await check(cli, options, actions)
        return
      }
      const run = await actions.run()
      throw new Finished(await run(cli, options))
    })
}

export function registerCheckConfig(program: Command, cli: Cli, actions: Pick<RunActions, 'summarise'>): void {
  const { command: name, configFile } = cli.program
  program
    .command('check-config')
    .summary('find every fault of the configuration')
    .description('Checks the configuration and what it names on this machine. Tells all faults at once, each with its line and what to write instead; ends with 2 then.')
    .addHelpText(
      'after',
      `
Examples:
  ${name} check-config
  ${name} check-config --config .${configFile.slice(configFile.lastIndexOf('/'))} --json`,
    )
    .action(async (_options: unknown, command: Command) => {
      await check(cli, command.optsWithGlobals<CommonOptions>(), actions)
    })
}
