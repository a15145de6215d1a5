import { join } from 'node:path'
import { followErrorLog } from '../../nginx/error-log.ts'
import { builtIn } from '../built-in.ts'
import { fail, ok, warn, type Finding } from '../../../shared/doctor/finding.ts'
import type { Check, DoctorHost } from '../host.ts'
import { mainDirectives } from '../main-directives.ts'
import { samePath } from '../same-path.ts'

/** Nginx runs, accepts its configuration, and is the one that the settings speak of. */
export const checkNginxProcess: Check = async (host) => {
  const { config, master, version } = host
  const running = master === null ? fail('nginx running', `${config.nginx.pid_file} names no running Nginx`, 'start it (systemctl start nginx), or correct nginx.pid_file') : ok('nginx running', `master process ${master.pid}`)
  if (version === null) return [running]
  return [running, await configTest(host), ...(await pidFile(host)), ...(await errorLog(host))]
}

async function configTest({ run, uid }: DoctorHost): Promise<Finding> {
  const { ok: valid, complaint } = await run(['-t'])
  if (valid) return ok('nginx -t', 'the configuration on disk is valid')
  if (uid !== 0 && /Permission denied/.test(complaint)) return warn('nginx -t', `cannot be tried as this user: ${complaint}`, 'run doctor as root; the agent needs the right to test too')
  return fail('nginx -t', complaint, 'mend what it names: no reload can take effect before')
}

async function pidFile(host: DoctorHost): Promise<Finding[]> {
  const { config, tree } = host
  if (tree === null) return []
  const stated = mainDirectives(tree, 'pid').at(-1)?.args[0] ?? (await builtIn(host, 'pid-path'))
  if (stated === null || stated === undefined) return []
  const path = await absolute(host, stated)
  if (await samePath(path, config.nginx.pid_file)) return [ok('nginx.pid_file', path)]
  return [fail('nginx.pid_file', `Nginx writes ${path}, but nginx.pid_file is ${config.nginx.pid_file}`, `set nginx.pid_file = "${path}" in ${host.configFile}`)]
}

async function errorLog(host: DoctorHost): Promise<Finding[]> {
  const { config, tree, configFile } = host
  const findings: Finding[] = []
  const configured = config.nginx.error_log
  if (tree !== null) {
    const stated = mainDirectives(tree, 'error_log').map(({ args }) => args[0] ?? '')
    const compiled = await builtIn(host, 'error-log-path')
    const targets = stated.length > 0 ? stated : compiled === null ? [] : [compiled]
    const paths = await Promise.all(targets.filter((target) => !/^(stderr|syslog:|memory:)/.test(target)).map(async (target) => absolute(host, target)))
    const same = await Promise.all(paths.map(async (path) => samePath(path, configured)))
    if (paths.length === 0) findings.push(fail('nginx.error_log', `Nginx writes its errors to ${targets.join(', ') || 'nowhere known'}, not to a file: a reload that fails would be noticed only by its deadline`, `add "error_log ${configured};" at the top of ${config.nginx.config}`))
    else if (!same.includes(true)) findings.push(fail('nginx.error_log', `Nginx writes ${paths.join(', ')}, but nginx.error_log is ${configured}`, `set nginx.error_log = "${paths[0]}" in ${configFile}`))
  }
  const follower = await followErrorLog(configured)
  await follower.close()
  if (follower.unreadable !== null) findings.push(fail('nginx.error_log', `cannot be read: ${follower.unreadable}`, `let the agent's user read ${configured} (on Debian: group adm)`))
  else if (findings.length === 0) findings.push(ok('nginx.error_log', configured))
  return findings
}

/** Nginx takes such paths relative to its prefix, not to its configuration. */
async function absolute(host: DoctorHost, path: string): Promise<string> {
  if (path.startsWith('/')) return path
  return join(host.config.nginx.prefix ?? (await builtIn(host, 'prefix')) ?? '/', path)
}
