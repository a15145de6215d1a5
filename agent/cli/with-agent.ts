import { ApiProblem } from './api-problem.ts'
import { againWith, type Again, type Cli, type RemoteOptions } from './cli.ts'
import { createClient, type Client } from './client.ts'
import { explain } from './explain.ts'
import { chooseTarget } from './target.ts'

/** Runs `work` with a client of the agent the options name; a problem it answers with is explained further. */
export async function withAgent(
  cli: Cli,
  options: RemoteOptions,
  service: string | undefined,
  work: (client: Client, again: Again) => Promise<void>,
): Promise<void> {
  const client = createClient(await chooseTarget(options, cli.terminal.env))
  const again = againWith(options)
  try {
    await work(client, again)
  } catch (error) {
    if (!(error instanceof ApiProblem) || options.json === true) throw error
    throw await explain(error, { client, again, ...(service === undefined ? {} : { service }), style: cli.terminal.err.style, now: cli.now() })
  }
}

/** Writes an answer of the API as it came. */
export function writeJson(cli: Cli, text: string): void {
  cli.terminal.out.write(text.endsWith('\n') ? text : `${text}\n`)
}
