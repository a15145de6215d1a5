import { execa } from 'execa'
import { type AgentConfig } from '../../config.ts'
import { errors } from '../../errors.ts'
import { Problem } from '../../../shared/errors/problem.ts'

/** Names in `upstream` blocks are looked up during the test; a dead resolver must not hold an operation for ever. */
const LONGEST_RUN_MS = 30_000

export interface NginxRun {
  readonly ok: boolean
  readonly stdout: string
  /** What it said about the configuration: its `[emerg]` line where there is one, else all of its messages. */
  readonly complaint: string
}

export type RunNginx = (args: readonly string[]) => Promise<NginxRun>

/** Runs the configured Nginx program on the configured files. Throws a Problem when there is no such program. */
export function nginxRunner(config: AgentConfig['nginx']): RunNginx {
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

function complaintIn(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^nginx: /, '').trim()).filter(Boolean)
  return lines.find((line) => line.includes('[emerg]')) ?? lines.join('; ')
}
