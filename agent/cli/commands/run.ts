import type { Command } from 'commander'
import type { Cli, CommonOptions } from '../cli.ts'
import { Finished } from '../finished.ts'

export function registerRun(program: Command, cli: Cli): void {
  program
    .command('run')
    .summary('run the agent in the foreground')
    .description('Runs the agent until SIGTERM or Ctrl-C; systemd does this. The log goes to standard output, one JSON object a line.')
    .option('--check-config', 'only check the configuration, as check-config does')
    .addHelpText(
      'after',
      `
Examples:
  greenroom-agent run
  greenroom-agent run --config /etc/greenroom/agent.toml --check-config
  systemctl start greenroom-agent`,
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { checkConfig?: boolean }>()
      if (options.checkConfig === true) {
        const { checkConfig } = await import('../check-config.ts')
        await checkConfig(cli, options)
        return
      }
      const { runAgent } = await import('../run-agent.ts')
      throw new Finished(await runAgent(cli, options))
    })
}

export function registerCheckConfig(program: Command, cli: Cli): void {
  program
    .command('check-config')
    .summary('find every fault of the configuration')
    .description('Checks the configuration and what it names on this machine. Tells all faults at once, each with its line and what to write instead; ends with 2 then.')
    .addHelpText(
      'after',
      `
Examples:
  greenroom-agent check-config
  greenroom-agent check-config --config ./agent.toml --json`,
    )
    .action(async (_options: unknown, command: Command) => {
      const { checkConfig } = await import('../check-config.ts')
      await checkConfig(cli, command.optsWithGlobals<CommonOptions>())
    })
}
