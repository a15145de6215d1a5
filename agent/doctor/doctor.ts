import { existsSync } from 'node:fs'
import { againWith } from '../../shared/cli/cli.ts'
import { ConfigError } from '../../shared/config/load.ts'
import { credentialsFinding } from '../../shared/doctor/credentials.ts'
import { examineBy } from '../../shared/doctor/examine.ts'
import { messageOf } from '../../shared/errors/problem.ts'
import { socketUnitFindings } from '../../shared/doctor/socket-unit.ts'
import { AGENT_PROGRAM } from '../cli/agent-program.ts'
import { checkMachine } from '../config-machine.ts'
import { AGENT } from '../daemon.ts'
import { loadAgentConfig } from '../load-config.ts'
import { findMaster } from '../nginx/process/master.ts'
import { nginxRunner, nginxVersion } from '../nginx/process/run-nginx.ts'
import { readTree } from '../nginx/syntax/read-tree.ts'
import { parseTree, type Tree } from '../nginx/syntax/tree.ts'
import { listeners } from '../../shared/sockets/listeners.ts'
import { checkAgents } from './checks/agents.ts'
import { checkClock } from './checks/clock.ts'
import { checkNginxProcess } from './checks/nginx-process.ts'
import { checkNginxProgram } from './checks/nginx-program.ts'
import { checkPorts } from './checks/ports.ts'
import { checkStorage } from './checks/storage.ts'
import { checkTools } from './checks/tools.ts'
import { checkUnixListeners } from './checks/unix-listeners.ts'
import { checkVhosts } from './checks/vhosts.ts'
import { checkWorkerAccess } from './checks/worker-access.ts'
import { fail, ok, type Finding } from '../../shared/doctor/finding.ts'
import type { Check, DoctorHost } from './host.ts'

const checkCredentials: Check = async ({ config, now, again }) => [await credentialsFinding(config.api.tokens_file, now, AGENT, again)]

const CHECKS: readonly Check[] = [
  checkNginxProgram,
  checkNginxProcess,
  checkVhosts,
  checkUnixListeners,
  checkWorkerAccess,
  checkPorts,
  checkStorage,
  checkCredentials,
  checkTools,
  checkClock,
  checkAgents,
]

export interface DoctorOptions {
  /** Value of PATH. */
  readonly path: string
  readonly now: Date
  readonly uid: number
}

/** Looks at everything that a switch depends on. Changes nothing; what a check itself cannot do is a finding too. */
export async function examine(configFile: string, options: DoctorOptions): Promise<Finding[]> {
  let config: DoctorHost['config']
  try {
    config = await loadAgentConfig(configFile)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const mend = existsSync(configFile) ? `mend ${configFile}` : `name another with --config; "${againWith(AGENT_PROGRAM, { config: configFile })('init')}" makes one where there is none`
    return [fail('configuration', error.message, `${mend}. The other checks need it.`)]
  }
  const machine = await checkMachine(config)
  const findings: Finding[] = machine.map(({ place, found, expected }) => fail('configuration', `${place} is ${found}`, `it must be ${expected}`))
  if (machine.length === 0) findings.push(ok('configuration', `${configFile} is valid`))
  // The units run on this file; another one is somebody's own affair.
  if (configFile === AGENT_PROGRAM.configFile) findings.push(...(await socketUnitFindings(`${AGENT_PROGRAM.command}.socket`, config.api.listen)))

  const run = nginxRunner(config.nginx)
  const [version, master, tree, taken] = await Promise.all([
    // A program that is not there is told by the check of the machine.
    nginxVersion(run).catch(() => null),
    findMaster(config.nginx.pid_file).catch(() => null),
    treeOf(config.nginx.config),
    listeners(),
  ])
  if (typeof tree === 'string') findings.push(fail('nginx configuration', tree, 'mend it, or run doctor as root'))
  const host: DoctorHost = { ...options, configFile, config, again: againWith(AGENT_PROGRAM, { config: configFile }), run, version, master, listeners: taken, tree: typeof tree === 'string' ? null : tree }
  return [...findings, ...(await examineBy(CHECKS, host))]
}

async function treeOf(config: string): Promise<Tree | string> {
  try {
    return parseTree(await readTree(config))
  } catch (error) {
    return messageOf(error)
  }
}
