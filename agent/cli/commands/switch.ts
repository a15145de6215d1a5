import type { Command } from 'commander'
import { Argument } from 'commander'
import { COLOURS, type Colour } from '../../switching/route.ts'
import { choice } from '../../../shared/cli/arguments.ts'
import { changing } from '../arguments.ts'
import { requestChange, type ChangeOptions } from '../change.ts'
import type { Cli } from '../../../shared/cli/cli.ts'

export function registerSwitch(program: Command, cli: Cli): void {
  changing(
    cli,
    program
      .command('switch')
      .summary('move all traffic of a service to a colour')
      .description(
        'Moves all traffic of a service to a colour: checks the gates, changes what Nginx serves, and waits until that is proven. ' +
          'Ends with 0 when the colour is live, 3 when a gate or another operation stood against it, 1 when it did not take effect and was restored.',
      )
      .argument('<service>', 'the service')
      .addArgument(choice(new Argument('<colour>', 'the colour to go to'), COLOURS)),
  )
    .addHelpText(
      'after',
      `
Examples:
  greenroom-agent switch app green --reason "release 42"
  greenroom-agent switch app green --dry-run     what the gates say, and what would change
  greenroom-agent switch app green --force       although a gate refuses`,
    )
    .action(async (service: string, to: Colour, _options: unknown, command: Command) => {
      await requestChange(cli, command.optsWithGlobals<ChangeOptions>(), {
        service,
        method: 'POST',
        path: '/switch',
        body: { to },
        done: ({ from }) => (from === to ? `${to} is live, as it was before` : `${to} is live, ${from} was before`),
        next: ({ from }, again) => (from === to ? [] : [`to go back: ${again(`rollback ${service}`)}`]),
      })
    })
}
