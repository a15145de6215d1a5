import type { Command } from 'commander'
import { Argument } from 'commander'
import { formatDuration } from '../../../shared/units/duration.ts'
import { choice } from '../../../shared/cli/arguments.ts'
import { reaching, type Cli, type RemoteOptions } from '../../../shared/cli/cli.ts'
import { writeJson } from '../../../shared/cli/write-json.ts'
import { withAgent } from '../with-agent.ts'

interface Pin {
  readonly cookie: { readonly name: string; readonly value: string; readonly max_age_s: number; readonly path: string }
  readonly set_cookie: string
}

function pinText({ cookie: { name, value, max_age_s, path }, set_cookie }: Pin): string {
  if (max_age_s === 0) return `Send this header to the client to take its pin away:\n  Set-Cookie: ${set_cookie}\n`
  return `${name}=${value}, for ${formatDuration(max_age_s * 1000)}
  with curl:              curl -b ${name}=${value} URL
  in a browser’s console: document.cookie = '${name}=${value}; path=${path}; max-age=${max_age_s}'
  from your application:  Set-Cookie: ${set_cookie}
`
}

export function registerPin(program: Command, cli: Cli): void {
  reaching(
    cli,
    program
      .command('pin')
      .summary('the cookie that keeps a client on a colour')
      .description('Prints the cookie that keeps a client on a colour, whatever is live; for testing the idle one. Nothing is changed on the host.')
      .argument('<service>', 'the service')
      .addArgument(choice(new Argument('<colour>', 'the colour; none takes a pin away'), ['blue', 'green', 'none'])),
  )
    .addHelpText(
      'after',
      `
Examples:
  greenroom-agent pin app green
  greenroom-agent pin app none
  curl -b "$(greenroom-agent pin app green --json | jq -r '.cookie | .name + "=" + .value')" https://app.example/`,
    )
    .action(async (service: string, colour: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RemoteOptions>()
      await withAgent(cli, options, service, async (client) => {
        const to = colour === 'none' ? null : colour
        const answer = await client.call<Pin>('POST', `/v1/services/${encodeURIComponent(service)}/pin`, { body: { to } })
        if (options.json === true) writeJson(cli, answer.text)
        else cli.terminal.out.write(pinText(answer.body))
      })
    })
}
