import { ApiProblem, ExplainedProblem } from '../../shared/cli/api-problem.ts'
import { againWith, type Again, type Cli, type RemoteOptions } from '../../shared/cli/cli.ts'
import { createClient, type Client } from '../../shared/cli/client.ts'
import { credentialHints } from '../../shared/cli/credential-hints.ts'
import { chooseTarget } from '../../shared/cli/target.ts'

/** Runs `work` with a client of the encoder that the options name; a problem it answers with is told with what to type next. */
export async function withEncoder(cli: Cli, options: RemoteOptions, work: (client: Client, again: Again) => Promise<void>): Promise<void> {
  const client = createClient(await chooseTarget(cli.program, options, cli.terminal.env))
  const again = againWith(cli.program, options)
  try {
    await work(client, again)
  } catch (error) {
    if (!(error instanceof ApiProblem) || options.json === true) throw error
    throw new ExplainedProblem(error, [], nextOf(error, client, again))
  }
}

function nextOf(problem: ApiProblem, { target }: Client, again: Again): readonly string[] {
  const { code, job, asset } = problem.document
  switch (code) {
    case 'job_unknown':
      return [`the jobs: ${again('jobs --all')}`]
    case 'job_state':
      return typeof job === 'string' ? [`see it: ${again(`show ${job}`)}`] : []
    case 'asset_unknown':
      return [`the assets: ${again('assets')}`]
    case 'version_unknown':
    case 'nothing_to_roll_back':
      return typeof asset === 'string' ? [`its versions: ${again(`assets ${asset}`)}`] : []
    case 'environment':
    case 'internal':
      return [`look at this host: ${again('doctor')}`]
    default:
      return credentialHints(target, problem) ?? []
  }
}
