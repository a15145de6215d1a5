import { execa } from 'execa'
import { type AgentConfig } from '../../config.ts'
import { errors } from '../../errors.ts'
import { Problem } from '../../../shared/errors/problem.ts'
import { complaintIn, type NginxRun } from './complaint.ts'
import { isRoot } from './root.ts'
import { testByUnit } from './test-by-unit.ts'

/** Names in `upstream` blocks are looked up during the test; a dead resolver must not hold an operation for ever. */
const LONGEST_RUN_MS = 30_000

export type RunNginx = (args: readonly string[]) => Promise<NginxRun>

/**
 * Runs the configured Nginx program on the configured files; tests of them as root, where this process is not, by the
 * unit made for that. Throws a Problem when there is no such program or unit.
 */
export function nginxRunner(config: AgentConfig['nginx']): RunNginx {
  const direct = directRunner(config)
  if (config.test === 'direct' || (config.test === 'auto' && isRoot())) return direct
  const byUnit = testByUnit()
  return async (args) => (args.some((arg) => arg === '-t' || arg === '-T') ? byUnit() : direct(args))
}

function directRunner(config: AgentConfig['nginx']): RunNginx {
  const place = ['-c', config.config, ...(config.prefix === undefined ? [] : ['-p', `${config.prefix}/`])]
  return async (args) => {
    const result = await execa(config.binary, [...place, ...args], {
      reject: false,
      timeout: LONGEST_RUN_MS,
      killSignal: 'SIGKILL',
      stdin: 'ignore',
      stripFinalNewline: false,
    })
    if (result.failed && result.exitCode === undefined && !result.timedOut && result.signal === undefined) {
      throw new Problem(errors.nginxNotRunning, `${config.binary} cannot be run (${result.code ?? result.shortMessage}): set nginx.binary to the nginx program`, { binary: config.binary }, result)
    }
    return { ok: !result.failed, stdout: result.stdout, complaint: result.timedOut ? `no answer within ${LONGEST_RUN_MS / 1000} s` : complaintIn(result.stderr) }
  }
}

/** The version, e.g. `1.22.1`; null when the program does not tell. */
export async function nginxVersion(run: RunNginx): Promise<string | null> {
  return /nginx\/(\S+)/.exec((await run(['-v'])).complaint)?.[1] ?? null
}
