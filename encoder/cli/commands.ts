import type { Command } from 'commander'
import { baseCommand } from '../../shared/cli/base-command.ts'
import type { Cli, CommonOptions } from '../../shared/cli/cli.ts'
import { createClient, type Client } from '../../shared/cli/client.ts'
import { registerCompletion } from '../../shared/cli/commands/completion.ts'
import { registerDoctor } from '../../shared/cli/commands/doctor.ts'
import { registerInit } from '../../shared/cli/commands/init.ts'
import { registerCheckConfig, registerRun, type RunActions } from '../../shared/cli/commands/run.ts'
import { registerToken, type TokenTexts } from '../../shared/cli/commands/token.ts'
import { chooseTarget } from '../../shared/cli/target.ts'
import type { JobView } from '../jobs/contract.ts'
import type { AssetRecord } from '../publish/contract.ts'
import { registerAdd } from './commands/add.ts'
import { registerAssets } from './commands/assets.ts'
import { registerChanges } from './commands/change-job.ts'
import { registerIntake, registerWaiting } from './commands/intake.ts'
import { registerJobs, registerShow } from './commands/jobs.ts'
import { registerPlan } from './commands/plan.ts'
import { registerPublish } from './commands/publish.ts'
import { registerStatus } from './commands/status.ts'
import { registerHousekeeping, registerReencode } from './commands/upkeep.ts'
import { ABOUT as INIT } from './init/about.ts'

const ACTIONS: RunActions = {
  run: async () => (await import('./run-encoder.ts')).runEncoder,
  summarise: async () => (await import('./check-config.ts')).summariseConfig,
}

const TOKENS: TokenTexts = {
  roles: `Roles: viewer reads, the media too; rollback also points assets back; operator
changes jobs and intake as well; admin is the same here.`,
  examples: '  greenroom-encoder token create --name monitoring --role viewer',
}

/** All commands with their options; docs/reference/encoder-cli.md and the completions are made from this tree. */
export function createCommands(cli: Cli): Command {
  const program = baseCommand(cli.program, 'Takes what is dropped into a folder, encodes it into an adaptive ladder for HLS and DASH, and publishes it.')

  program.commandsGroup('Look:')
  registerStatus(program, cli)
  registerJobs(program, cli)
  registerShow(program, cli)
  registerWaiting(program, cli)
  registerAssets(program, cli)
  registerPlan(program, cli)
  program.commandsGroup('Change:')
  registerAdd(program, cli)
  registerChanges(program, cli)
  registerIntake(program, cli)
  registerPublish(program, cli)
  registerReencode(program, cli)
  registerHousekeeping(program, cli)
  program.commandsGroup('Set up:')
  registerInit(program, cli, async () => (await import('./init/init.ts')).ENCODER_INIT, INIT)
  registerRun(program, cli, ACTIONS)
  registerCheckConfig(program, cli, ACTIONS)
  registerToken(program, cli, TOKENS)
  registerDoctor(program, cli, {
    summary: 'look for everything that would keep a source from being published',
    description: 'Looks at the configuration, ffmpeg, directories, file systems, limits, the clock, credentials and the store, and says how to mend what it finds. Writes one small object into the store, reads it back and removes it; changes nothing else. Exit code 1 when something fails.',
    load: async () => (await import('../doctor/doctor.ts')).examine,
  })
  registerCompletion(program, cli, 'Prints a script that completes commands, options, jobs and assets.', { job: jobNames(cli), asset: assetNames(cli) })
  program.addHelpText(
    'after',
    `
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused,
130 no longer waiting (Ctrl-C).

Examples:
  greenroom-encoder plan holiday.mov
  greenroom-encoder jobs
  greenroom-encoder show holiday.mov`,
  )
  return program
}

/** Candidates while somebody types: they come from the encoder over its unix socket, or not at all. */
function ask<T>(cli: Cli, work: (client: Client) => Promise<T>): (options: CommonOptions) => Promise<T> {
  return async (options) => work(createClient(await chooseTarget(cli.program, options, cli.terminal.env)))
}

const jobNames = (cli: Cli) =>
  ask(cli, async (client) => {
    const { jobs } = (await client.call<{ jobs: readonly JobView[] }>('GET', '/v1/jobs', { query: { limit: 200 }, patience: 1000 })).body
    return [...new Set(jobs.map(({ asset }) => asset))]
  })

const assetNames = (cli: Cli) =>
  ask(cli, async (client) => (await client.call<{ assets: readonly AssetRecord[] }>('GET', '/v1/assets', { query: { limit: 500 }, patience: 1000 })).body.assets.map(({ asset }) => asset))
