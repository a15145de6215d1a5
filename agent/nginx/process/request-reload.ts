import { execa } from 'execa'
import type { AgentConfig } from '../../config.ts'
import { errors } from '../../errors.ts'
import { messageOf, Problem, systemCodeOf } from '../../../shared/errors/problem.ts'
import type { Master } from './master.ts'

export type RequestReload = (master: Master) => Promise<void>

/** Asks Nginx to reload, the configured way. That it was asked proves nothing. Throws a Problem when it cannot be asked. */
export function reloadRequester(how: AgentConfig['nginx']['reload']): RequestReload {
  return how === 'signal' ? signalMaster : askSystemd
}

async function signalMaster(master: Master): Promise<void> {
  try {
    process.kill(master.pid, 'SIGHUP')
  } catch (error) {
    if (systemCodeOf(error) === 'ESRCH') throw new Problem(errors.nginxNotRunning, `Nginx’s master process ${master.pid} has gone: start Nginx`, { pid: master.pid }, error)
    const hint = 'run the agent as root, or set nginx.reload = "systemd"'
    throw new Problem(errors.notApplied, `Nginx’s master process ${master.pid} could not be told to reload (${messageOf(error)}): ${hint}`, { pid: master.pid }, error)
  }
}

async function askSystemd(): Promise<void> {
  const result = await execa('systemctl', ['reload', 'nginx.service'], { reject: false, timeout: 30_000, stdin: 'ignore', all: true })
  if (!result.failed) return
  const said = result.all?.trim() ?? ''
  throw new Problem(errors.notApplied, `systemctl reload nginx.service failed (${said === '' ? result.shortMessage : said}): look at "systemctl status nginx"`, {}, result)
}
