import type { Command } from 'commander'
import { integer } from '../../../shared/cli/arguments.ts'
import { reaching, type Cli, type RemoteOptions } from '../../../shared/cli/cli.ts'
import { writeJson } from '../../../shared/cli/write-json.ts'
import { JOB_STATES, type JobDetail } from '../../jobs/contract.ts'
import { hasEnded } from '../../jobs/states.ts'
import { barFor } from '../bar.ts'
import { findJob } from '../find-job.ts'
import { showLive } from '../live-jobs.ts'
import { jobText } from '../render-job.ts'
import { jobsTable, surroundingLines } from '../render-jobs.ts'
import { askSurroundings, type JobsPage } from '../surroundings.ts'
import { withEncoder } from '../with-encoder.ts'

interface JobsOptions extends RemoteOptions {
  readonly all?: boolean
  readonly once?: boolean
  readonly state?: string
  readonly asset?: string
  readonly limit: number
}

async function showJobs(cli: Cli, options: JobsOptions): Promise<void> {
  const { out, env } = cli.terminal
  const { all, once, state, asset, limit, json } = options
  const narrowed = all === true || state !== undefined || asset !== undefined
  await withEncoder(cli, options, async (client) => {
    if (out.isTTY && json !== true && once !== true && !narrowed) {
      await showLive(cli, client)
      return
    }
    const open = JOB_STATES.filter((each) => !hasEnded(each)).join(',')
    const answer = await client.call<JobsPage>('GET', '/v1/jobs', { query: { state: state ?? (narrowed ? undefined : open), asset, limit } })
    if (json === true) {
      writeJson(cli, answer.text)
      return
    }
    const { jobs, counts } = answer.body
    const look = { columns: out.columns, style: out.style, now: cli.now(), bar: out.isTTY ? barFor(env) : null }
    out.write(jobs.length === 0 ? `${narrowed ? 'There is no such job.' : 'No job is running.'}\n` : jobsTable(jobs, look))
    if (narrowed) return
    for (const line of surroundingLines({ counts, ...(await askSurroundings(client)) }, out.style)) out.write(`${line}\n`)
  })
}

export function registerJobs(program: Command, cli: Cli): void {
  reaching(
    cli,
    program
      .command('jobs')
      .summary('what is encoded now, and what waits its turn')
      .description('Shows the jobs that have not ended. On a terminal the table lives: bars, speed and time left go on until Ctrl-C. Elsewhere it is printed once.')
      .option('--all', 'also those that have ended, the newest first')
      .option('--once', 'print the table once, also on a terminal')
      .option('--state <states>', `only these, with commas between: ${JOB_STATES.join(', ')}`)
      .option('--asset <asset>', 'only jobs of this asset')
      .option('--limit <number>', 'how many', integer(1, 500), 100),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-encoder jobs\n  greenroom-encoder jobs --state failed\n  greenroom-encoder jobs --all --json | jq -r \'.jobs[] | .id + " " + .state\'')
    .action(async (_options: unknown, command: Command) => {
      await showJobs(cli, command.optsWithGlobals<JobsOptions>())
    })
}

export function registerShow(program: Command, cli: Cli): void {
  reaching(
    cli,
    program
      .command('show')
      .summary('all there is to know of one job')
      .description('Shows one job: its renditions, what is changed or left out, its attempts with the last words of ffmpeg, its history, and why it waits or failed.')
      .argument('<job>', 'its id or the ending of it, its asset, or the name of its source'),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-encoder show 7KQ2M4\n  greenroom-encoder show films/a\n  greenroom-encoder show holiday.mov --json')
    .action(async (word: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RemoteOptions>()
      const { out } = cli.terminal
      await withEncoder(cli, options, async (client) => {
        const answer = await client.call<JobDetail>('GET', `/v1/jobs/${await findJob(client, word)}`)
        if (options.json === true) writeJson(cli, answer.text)
        else out.write(jobText(answer.body, out.style, cli.now(), out.columns))
      })
    })
}
