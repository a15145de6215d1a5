import { Option, type Command } from 'commander'
import { formats } from '../../../shared/config/formats.ts'
import { agentFormats } from '../../config-formats.ts'
import { formatted, server } from '../arguments.ts'
import type { Cli, CommonOptions } from '../../../shared/cli/cli.ts'

export interface AdoptCommandOptions extends CommonOptions {
  readonly service?: string
  readonly upstream?: string
  readonly green?: readonly string[]
  readonly health?: string
  readonly strategy?: 'instant' | 'reload'
  readonly yes?: boolean
  readonly undo?: boolean
  readonly force?: boolean
}

export function registerAdopt(program: Command, cli: Cli): void {
  program
    .command('adopt')
    .summary('bring an existing vhost under Greenroom')
    .description('Shows what would bring an existing vhost under Greenroom: the lines of Nginx’s files that change, and the service for the configuration. With --yes it is done, tested, loaded and proven, or everything is put back.')
    .argument('<vhost>', 'the file of the vhost, such as /etc/nginx/sites-enabled/app')
    .addOption(new Option('--service <name>', 'name of the service; default: made from the upstream or the file').argParser(formatted(agentFormats['service-name'])))
    .option('--upstream <target>', 'which upstream or host:port, where the vhost passes to several')
    .addOption(new Option('--green <server>', 'a server of the other colour, host:port; may be given several times').argParser(server))
    .addOption(new Option('--health <path>', 'path of the health check; default: /').argParser(formatted(formats['url-path'])))
    .addOption(new Option('--strategy <strategy>', 'how it will be switched; default: instant, for stream blocks reload').choices(['instant', 'reload']))
    .addOption(new Option('--yes', 'do it; as root, while the agent is stopped').conflicts('undo'))
    .option('--undo', 'take the adoption of this vhost back')
    .option('--force', 'with --undo: also where that moves traffic to the other colour')
    .addHelpText(
      'after',
      `
Examples:
  greenroom-agent adopt /etc/nginx/sites-enabled/app                        show what would change
  sudo greenroom-agent adopt /etc/nginx/sites-enabled/app --green 127.0.0.1:3002 --yes
  sudo greenroom-agent adopt /etc/nginx/sites-enabled/app --undo`,
    )
    .action(async (vhost: string, _options: unknown, command: Command) => {
      const { adoptCommand } = await import('../adopt.ts')
      await adoptCommand(cli, vhost, command.optsWithGlobals<AdoptCommandOptions>())
    })
}
