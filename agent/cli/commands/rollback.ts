import type { Command } from 'commander'
import { Option } from 'commander'
import { changing } from '../arguments.ts'
import { requestChange, type ChangeOptions } from '../change.ts'
import type { Cli } from '../../../shared/cli/cli.ts'

export function registerRollback(program: Command, cli: Cli): void {
  const command = changing(
    cli,
    program
      .command('rollback')
      .summary('go back to the previous colour')
      .description('Moves all traffic of a service back to the colour that was live before. Its health is checked, but only warns; it waits for nothing.')
      .argument('<service>', 'the service'),
  )
  command
    .optionsGroup('Without an agent:')
    .addOption(
      new Option('--offline', 'do it in this process, with the same lock and journal, while no agent runs').conflicts(['url', 'tokenFile', 'caFile', 'cert', 'key', 'ifRevision']),
    )
    .addHelpText(
      'after',
      `
Examples:
  greenroom-agent rollback app --reason "errors since release 42"
  sudo greenroom-agent rollback app --offline     when the agent is dead; as root or as its user`,
    )
    .action(async (service: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<ChangeOptions & { offline?: boolean }>()
      if (options.offline === true) {
        const { rollBackOffline } = await import('../offline.ts')
        await rollBackOffline(cli, options, service)
        return
      }
      await requestChange(cli, options, {
        service,
        method: 'POST',
        path: '/rollback',
        body: {},
        done: ({ from, to }) => `${to} is live again, ${from} was before`,
        next: (_, again) => [`to go forward: ${again(`switch ${service} COLOUR`)}`],
      })
    })
}
