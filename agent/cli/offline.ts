import { userInfo } from 'node:os'
import { Problem } from '../../shared/errors/problem.ts'
import { createLogger } from '../../shared/log.ts'
import { errors } from '../errors.ts'
import { openSwitching } from '../switching/open.ts'
import type { ChangeOptions } from './change.ts'
import { againWith, startWith, type Cli } from '../../shared/cli/cli.ts'
import { asAgentsUser } from './as-agents-user.ts'
import { loadConfiguration } from './load-config.ts'
import { nearest } from '../../shared/config/nearest.ts'
import { operationFailed } from './operation-failed.ts'
import { changeText } from './render-change.ts'
import { writeJson } from '../../shared/cli/write-json.ts'

/** Rolls back in this process, with the lock and the journal that an agent would take; fails while one holds them. */
export async function rollBackOffline(cli: Cli, options: ChangeOptions, service: string): Promise<void> {
  const { out, err } = cli.terminal
  const again = againWith(cli.program, options)
  const config = await loadConfiguration(options.config)
  if (!Object.hasOwn(config.services, service)) {
    const names = Object.keys(config.services)
    const meant = nearest(service, names)
    throw new Problem(errors.serviceUnknown, `There is no service ${service} in ${options.config}. ${meant === undefined ? `It has: ${names.join(', ')}.` : `Did you mean ${meant}?`}`)
  }
  // The log is for people here, and what matters of it is in the operation: warnings and worse, to stderr.
  const log = createLogger({ level: 'warn', name: 'greenroom-agent', destination: { write: (line: string) => logLine(err.write, line) } })
  try {
    await asAgentsUser(config, rollBack)
  } catch (error) {
    if (error instanceof Problem && error.kind === errors.alreadyRunning) {
      throw new Problem(errors.alreadyRunning, `${error.message} Without --offline the same is asked of it: ${again(`rollback ${service}`)}`, { ...error.facts }, error)
    }
    throw error
  }

  async function rollBack(): Promise<void> {
    await using switching = await openSwitching(config, log, { background: false })
    const { reason, dryRun, force } = options
    const request = { ...(reason === undefined ? {} : { reason }), ...(dryRun === true ? { dry_run: true } : {}), ...(force === true ? { force: true } : {}) }
    const operation = await switching.rollBack(service, request, { actor: 'offline', source: userName(cli) }).done
    if (operation.problem !== null) throw operationFailed(operation)
    if (options.json === true) writeJson(cli, JSON.stringify(operation))
    else out.write(changeText(operation, `${operation.to} is live again, ${operation.from} was before`, [`start the agent: ${startWith(cli.program, options.config)}`], out.style))
  }
}

/** Who typed it: the journal’s `source`, where the API has an address. */
function userName({ terminal }: Cli): string {
  const sudoUser = terminal.env['SUDO_USER']
  return sudoUser === undefined ? userInfo().username : `${sudoUser} (sudo)`
}

function logLine(write: (text: string) => void, line: string): void {
  const { level, msg } = JSON.parse(line) as { level: string; msg: string }
  write(`${level}: ${msg}\n`)
}
