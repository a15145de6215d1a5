import type { Command } from 'commander'
import { baseCommand } from '../../shared/cli/base-command.ts'
import type { Cli } from '../../shared/cli/cli.ts'
import { registerAdopt } from './commands/adopt.ts'
import { registerAudit } from './commands/audit.ts'
import { registerCompletion } from '../../shared/cli/commands/completion.ts'
import { registerDoctor } from '../../shared/cli/commands/doctor.ts'
import { ABOUT as INIT } from './init/about.ts'
import { registerInit } from '../../shared/cli/commands/init.ts'
import { registerMaintenance } from './commands/maintenance.ts'
import { registerOperations } from './commands/operations.ts'
import { registerPin } from './commands/pin.ts'
import { registerPool } from './commands/pool.ts'
import { registerRollback } from './commands/rollback.ts'
import { registerCheckConfig, registerRun, type RunActions } from '../../shared/cli/commands/run.ts'
import { registerStatus } from './commands/status.ts'
import { registerSwitch } from './commands/switch.ts'
import { registerToken, type TokenTexts } from '../../shared/cli/commands/token.ts'
import { readLocalConfig } from './local-config.ts'

const ACTIONS: RunActions = {
  run: async () => (await import('./run-agent.ts')).runAgent,
  summarise: async () => (await import('./check-config.ts')).summariseConfig,
}

const TOKENS: TokenTexts = {
  roles: `Roles: viewer reads; rollback reads and rolls back; operator changes services;
admin also reads the audit log.`,
  examples: '  greenroom-agent token create --name pager --role rollback --services app,web',
}

/** All commands with their options; docs/reference/cli.md and the completions are made from this tree. */
export function createProgram(cli: Cli): Command {
  const program = baseCommand(cli.program, 'Moves the traffic of blue/green services behind Nginx without losing a request, and proves that it did.')

  program.commandsGroup('Look:')
  registerStatus(program, cli)
  registerOperations(program, cli)
  registerAudit(program, cli)
  program.commandsGroup('Change:')
  registerSwitch(program, cli)
  registerRollback(program, cli)
  registerMaintenance(program, cli)
  registerPool(program, cli)
  registerPin(program, cli)
  program.commandsGroup('Set up:')
  registerInit(program, cli, async () => (await import('./init/init.ts')).AGENT_INIT, INIT)
  registerRun(program, cli, ACTIONS)
  registerCheckConfig(program, cli, ACTIONS)
  registerToken(program, cli, TOKENS)
  registerAdopt(program, cli)
  registerDoctor(program, cli, {
    summary: 'look for everything that would keep a switch from working',
    description: 'Looks at the configuration, Nginx, its vhosts, permissions, ports, storage, tools and the clock, and says how to mend what it finds. Changes nothing. Exit code 1 when something fails.',
    load: async () => (await import('../doctor/doctor.ts')).examine,
  })
  registerCompletion(program, cli, 'Prints a script that completes commands, options, colours and the services of the configuration.', {
    service: async ({ config }) => (await readLocalConfig(config)).services,
  })
  program.addHelpText(
    'after',
    `
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused by a
gate or another operation, 130 no longer waiting (Ctrl-C); the agent goes on.

Examples:
  greenroom-agent status
  greenroom-agent switch app green --reason "release 42"
  greenroom-agent rollback app`,
  )
  return program
}
