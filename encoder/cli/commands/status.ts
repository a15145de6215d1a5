import type { Command } from 'commander'
import { reaching, type Cli, type RemoteOptions } from '../../../shared/cli/cli.ts'
import { writeJson } from '../../../shared/cli/write-json.ts'
import { JOB_STATES } from '../../jobs/contract.ts'
import { surroundingLines } from '../render-jobs.ts'
import { askSurroundings, type JobsPage } from '../surroundings.ts'
import { withEncoder } from '../with-encoder.ts'

interface Readiness {
  readonly ready: boolean
  readonly problems: readonly string[]
}

export function registerStatus(program: Command, cli: Cli): void {
  reaching(
    cli,
    program
      .command('status')
      .summary('whether all is well')
      .description('Shows in a few lines whether sources are taken, encoded and stored, and what is in the way.'),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-encoder status\n  greenroom-encoder status --json | jq .ready')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RemoteOptions>()
      const { out } = cli.terminal
      await withEncoder(cli, options, async (client) => {
        const { ready, problems } = (await client.call<Readiness>('GET', '/readyz', { accept: [503] })).body
        const { counts } = (await client.call<JobsPage>('GET', '/v1/jobs', { query: { limit: 1 } })).body
        const around = { counts, ...(await askSurroundings(client)) }
        if (options.json === true) {
          writeJson(cli, JSON.stringify({ ready, problems, jobs: counts, intake: around.intake, store: around.store }))
          return
        }
        const running = JOB_STATES.flatMap((state) => (counts[state] === 0 || ['done', 'failed', 'cancelled'].includes(state) ? [] : [`${counts[state]} ${state}`]))
        out.write(ready ? `${out.style.green('ready')}\n` : problems.map((problem) => `${out.style.red('not ready')}: ${problem}\n`).join(''))
        out.write(`jobs: ${running.join(', ') || 'none is running'}\n`)
        for (const line of surroundingLines(around, out.style)) out.write(`${line}\n`)
      })
    })
}
