import type { Command } from 'commander'
import { Argument } from 'commander'
import { COLOURS, type Colour } from '../../switching/route.ts'
import { choice } from '../../../shared/cli/arguments.ts'
import { changing, server } from '../arguments.ts'
import { requestChange, type ChangeOptions } from '../change.ts'
import type { Cli } from '../../../shared/cli/cli.ts'

export function registerPool(program: Command, cli: Cli): void {
  changing(
    cli,
    program
      .command('pool')
      .summary('set the servers of a pool')
      .description('Sets the servers of a pool, all of them. Needs a reload of Nginx; for the pool of the live colour also --force.')
      .argument('<service>', 'the service')
      .addArgument(choice(new Argument('<colour>', 'the pool'), COLOURS))
      .addArgument(new Argument('<server...>', 'host:port, each server of the pool').argParser(server)),
  )
    .addHelpText(
      'after',
      `
Examples:
  greenroom-agent pool app green 127.0.0.1:3002
  greenroom-agent pool app green 10.0.0.5:8080 10.0.0.6:8080 --dry-run     the difference in the Nginx files`,
    )
    .action(async (service: string, colour: Colour, servers: readonly string[], _options: unknown, command: Command) => {
      await requestChange(cli, command.optsWithGlobals<ChangeOptions>(), {
        service,
        method: 'PUT',
        path: `/pools/${colour}`,
        body: { servers },
        done: () => `the ${colour} pool is ${servers.join(', ')}`,
        next: (_, again) => [`agent.toml still has what it had: change it there too; see: ${again(`status ${service}`)}`],
      })
    })
}
