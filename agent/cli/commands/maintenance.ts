import type { Command } from 'commander'
import { Argument, InvalidArgumentError } from 'commander'
import { choice } from '../../../shared/cli/arguments.ts'
import { changing } from '../arguments.ts'
import { requestChange, type ChangeOptions } from '../change.ts'
import type { Cli } from '../../../shared/cli/cli.ts'

export function registerMaintenance(program: Command, cli: Cli): void {
  changing(
    cli,
    program
      .command('maintenance')
      .summary('answer all clients with the maintenance page, or stop doing so')
      .description('Answers every request of a service with 503, Retry-After and the maintenance page, or serves the live colour again.')
      .argument('<service>', 'the service')
      .addArgument(choice(new Argument('<mode>', 'on or off'), ['on', 'off']))
      .option('--pinned-through', 'let clients through that carry a pin cookie'),
  )
    .addHelpText(
      'after',
      `
Examples:
  greenroom-agent maintenance app on --reason "database move"
  greenroom-agent maintenance app on --pinned-through     testers with a pin cookie see the service
  greenroom-agent maintenance app off`,
    )
    .action(async (service: string, mode: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ChangeOptions & { pinnedThrough?: boolean }>()
      const on = mode === 'on'
      if (!on && options.pinnedThrough === true) throw new InvalidArgumentError('--pinned-through goes with maintenance on only.')
      await requestChange(cli, options, {
        service,
        method: 'POST',
        path: '/maintenance',
        body: { on, ...(options.pinnedThrough === true ? { pinned_through: true } : {}) },
        done: () => (on ? `in maintenance${options.pinnedThrough === true ? ', pinned clients are let through' : ''}` : 'maintenance has ended'),
        next: (_, again) => (on ? [`to end it: ${again(`maintenance ${service} off`)}`, ...(options.pinnedThrough === true ? [`to get a pin cookie: ${again(`pin ${service} blue`)}`] : [])] : []),
      })
    })
}
