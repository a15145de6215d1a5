import { execa } from 'execa'
import { formatDuration } from '../../shared/units/duration.ts'
import type { CommandGateConfig } from '../config.ts'
import type { OperationFacts } from './facts.ts'
import type { Gate } from './gate.ts'
import { outputTail } from '../../shared/output-tail.ts'
import { releaseOutput } from '../../shared/release-output.ts'

/** A fixed search path: a gate behaves alike under systemd and in a shell, and sees none of the agent's environment. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** From SIGTERM to SIGKILL, in ms. */
const GRACE = 1000

/**
 * Passes when the program exits with 0 within the deadline. Runs without a shell, in a process group of its own
 * that is ended as a whole: by the deadline, by the signal, or with the program itself.
 */
export function commandGate(config: CommandGateConfig, facts: OperationFacts): Gate {
  const { name, deadline } = config
  const [program = '', ...args] = config.command
  return {
    name,
    describe: () => `run ${config.command.join(' ')}: exit code 0 within ${formatDuration(deadline)}`,
    async check(signal) {
      signal.throwIfAborted()
      const started = performance.now()
      const running = start(program, args, environment(facts), deadline, signal)
      const output = outputTail(running.all)
      // What the program left in the background goes with it.
      running.nodeChildProcess.once('exit', () => running.kill('SIGKILL'))
      releaseOutput(running, [running.stdout, running.stderr])
      const result = await running
      signal.throwIfAborted()
      const took = `${Math.round(performance.now() - started)} ms`
      return { name, passed: !result.failed, detail: `${program}: ${ending(result, deadline, took)}${output.text()}` }
    },
  }
}

type Running = ReturnType<typeof start>

function start(program: string, args: readonly string[], env: Record<string, string>, timeout: number, cancelSignal: AbortSignal) {
  return execa(program, args, {
    cwd: '/',
    env,
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    killDescendants: true,
    forceKillAfterDelay: GRACE,
    timeout,
    cancelSignal,
  })
}

function ending(result: Awaited<Running>, deadline: number, took: string): string {
  if (result.timedOut) return `killed at its deadline of ${formatDuration(deadline)}`
  if (result.signal !== undefined) return `ended by ${result.signal} after ${took}`
  if (result.exitCode !== undefined) return `exit code ${result.exitCode} after ${took}`
  return `cannot be run: ${result.originalMessage ?? result.code ?? 'unknown reason'}`
}

function environment({ service, from, to, kind }: OperationFacts): Record<string, string> {
  return { PATH, LANG: 'C.UTF-8', GREENROOM_SERVICE: service, GREENROOM_FROM: from, GREENROOM_TO: to, GREENROOM_KIND: kind }
}
