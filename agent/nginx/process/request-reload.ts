import type { AgentConfig } from '../../config.ts'
import { errors } from '../../errors.ts'
import { messageOf, Problem, systemCodeOf } from '../../../shared/errors/problem.ts'
import type { Master } from './master.ts'
import { isRoot } from './root.ts'
import { systemctl } from './systemctl.ts'

export type RequestReload = (master: Master) => Promise<void>

/** Asks Nginx to reload, the configured way. That it was asked proves nothing. Throws a Problem when it cannot be asked. */
export function reloadRequester(how: AgentConfig['nginx']['reload']): RequestReload {
  return how === 'signal' || (how === 'auto' && isRoot()) ? signalMaster : askSystemd
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

/**
 * Without `ignore-dependencies` the job would wait for every unit that comes before Nginx, and at boot the agent is one
 * of them: it would wait for a reload that waits for it.
 */
async function askSystemd(): Promise<void> {
  const { ok, said } = await systemctl(['reload', '--job-mode=ignore-dependencies', 'nginx.service'])
  if (ok) return
  throw new Problem(errors.notApplied, `systemctl reload nginx.service failed (${said}): look at "systemctl status nginx"; a user other than root needs the polkit rule of the package`, {})
}
