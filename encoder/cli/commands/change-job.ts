import { Argument, InvalidArgumentError, type Command } from 'commander'
import { reaching, type Cli, type RemoteOptions } from '../../../shared/cli/cli.ts'
import { writeJson } from '../../../shared/cli/write-json.ts'
import type { JobView } from '../../jobs/contract.ts'
import { findJob, shortId } from '../find-job.ts'
import { withEncoder } from '../with-encoder.ts'

interface Change {
  readonly name: 'retry' | 'cancel' | 'pause' | 'resume'
  readonly summary: string
  readonly description: string
  /** What is so afterwards. */
  readonly done: (job: JobView) => string
}

const CHANGES: readonly Change[] = [
  {
    name: 'retry',
    summary: 'run a job again that failed or was cancelled',
    description: 'Brings the source of a failed or cancelled job back and runs it again; a job that is blocked is tried at once. What was encoded and is still there is not encoded again.',
    done: ({ state }) => `it runs again (${state})`,
  },
  {
    name: 'cancel',
    summary: 'end a job',
    description: 'Ends a job. Its source goes to where failed ones are kept, with a note; an asset that was growing is taken back.',
    done: ({ state }) => (state === 'cancelled' ? 'cancelled' : `it is being cancelled (${state})`),
  },
  {
    name: 'pause',
    summary: 'pause a job at its next chunk',
    description: 'Pauses a job, also over restarts. The chunk that is being encoded is finished first.',
    done: () => 'paused; the chunk under way is finished first',
  },
  { name: 'resume', summary: 'let a paused job go on', description: 'Lets a paused job go on where it stopped.', done: ({ state }) => `it goes on (${state})` },
]

const JOB = () => new Argument('<job>', 'its id or the ending of it, its asset, or the name of its source')

async function change(cli: Cli, options: RemoteOptions, word: string, path: string, body: unknown, done: (job: JobView) => string): Promise<void> {
  await withEncoder(cli, options, async (client, again) => {
    const id = await findJob(client, word)
    const answer = await client.call<JobView>('POST', `/v1/jobs/${id}/${path}`, body === undefined ? { patience: 0 } : { body })
    if (options.json === true) writeJson(cli, answer.text)
    else cli.terminal.out.write(`${answer.body.asset}: ${done(answer.body)}\n  see it: ${again(`show ${shortId(id)}`)}\n`)
  })
}

export function registerChanges(program: Command, cli: Cli): void {
  for (const { name, summary, description, done } of CHANGES) {
    reaching(cli, program.command(name).summary(summary).description(description).addArgument(JOB()))
      .addHelpText('after', `\nExamples:\n  greenroom-encoder ${name} films/a\n  greenroom-encoder ${name} 7KQ2M4`)
      .action(async (word: string, _options: unknown, command: Command) => {
        await change(cli, command.optsWithGlobals<RemoteOptions>(), word, name, undefined, done)
      })
  }
  reaching(
    cli,
    program
      .command('priority')
      .summary('say how soon a job gets its turn')
      .description('Gives a job a priority: higher goes first, 0 is usual. What is being encoded is not interrupted.')
      .addArgument(JOB())
      .addArgument(new Argument('<priority>', 'a whole number from -1000 to 1000').argParser(priorityOf)),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-encoder priority films/a 10\n  greenroom-encoder priority films/a -5')
    .action(async (word: string, priority: number, _options: unknown, command: Command) => {
      await change(cli, command.optsWithGlobals<RemoteOptions>(), word, 'priority', { priority }, (job) => `priority ${job.priority}`)
    })
}

function priorityOf(text: string): number {
  const value = Number(text)
  if (!/^-?\d{1,4}$/.test(text) || Math.abs(value) > 1000) throw new InvalidArgumentError('Expected a whole number from -1000 to 1000.')
  return value
}
