import { ApiProblem } from '../../shared/cli/api-problem.ts'
import { againWith, type Again, type Cli, type RemoteOptions } from '../../shared/cli/cli.ts'
import { createClient, type Client } from '../../shared/cli/client.ts'
import { explain } from './explain.ts'
import { chooseTarget } from '../../shared/cli/target.ts'

/** Runs `work` with a client of the agent the options name; a problem it answers with is explained further. */
export async function withAgent(
  cli: Cli,
  options: RemoteOptions,
  service: string | undefined,
  work: (client: Client, again: Again) => Promise<void>,
): Promise<void> {
  const client = createClient(await chooseTarget(cli.program, options, cli.terminal.env))
  const again = againWith(cli.program, options)
  try {
    await work(client, again)
  } catch (error) {
    if (!(error instanceof ApiProblem) || options.json === true) throw error
    throw await explain(error, { client, again, ...(service === undefined ? {} : { service }), style: cli.terminal.err.style, now: cli.now() })
  }
}
