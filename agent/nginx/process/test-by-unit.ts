import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serial } from '../../../shared/serial.ts'
import { errors } from '../../errors.ts'
import { messageOf, Problem } from '../../../shared/errors/problem.ts'
import { complaintIn, type NginxRun } from './complaint.ts'
import { systemctl, type Systemctl } from './systemctl.ts'

/** A oneshot of root that runs `nginx -T`: it takes no argument, and leaves what Nginx said in two files. */
export const TEST_UNIT = 'greenroom-nginx-test.service'
const OUTPUT = '/run/greenroom-nginx-test'

/** Somebody else may start the unit just before us; more often than this in a row it is no accident. */
const TRIES = 5

export interface UnitTestOptions {
  readonly ask?: Systemctl
  readonly output?: string
  /** Microseconds of the monotonic clock, as systemd counts them. */
  readonly now?: () => number
}

/** The last run of the unit, as systemd tells it. */
interface UnitRun {
  readonly started: number
  readonly ended: number
  readonly active: string
  readonly result: string
}

/**
 * Has the unit test the configuration. A start that comes while the unit runs joins that run, which may have read the
 * files before they were changed, and a start that comes after ours overwrites what it left: so a run counts when it
 * began after it was asked for and had ended before its output was read. Throws a Problem where the unit cannot be run.
 */
export function testByUnit({ ask = systemctl, output = OUTPUT, now = monotonicMicroseconds }: UnitTestOptions = {}): () => Promise<NginxRun> {
  const inTurn = serial()

  async function attempt(): Promise<NginxRun | null> {
    const asked = now()
    const start = await ask(['start', TEST_UNIT])
    const reading = now()
    const [stdout, stderr] = await Promise.all([read('stdout'), read('stderr')])
    const run = await lastRun(ask)
    if (run.started < asked) {
      // The unit failed to start, or was not allowed to: there is no run to tell of.
      if (!start.ok && run.active !== 'activating') throw cannotTest(start.said)
      return null
    }
    if (run.active === 'activating' || run.ended > reading) return null
    if (stdout === null || stderr === null) throw cannotTest(`what it said cannot be read from ${output}`)
    return { ok: run.result === 'success', stdout, complaint: run.result === 'timeout' ? `${TEST_UNIT} gave no answer in time` : complaintIn(stderr) }
  }

  async function read(name: string): Promise<string | null> {
    return readFile(join(output, name), 'utf8').catch((error: unknown) => {
      if (messageOf(error).startsWith('ENOENT')) return null
      throw cannotTest(messageOf(error))
    })
  }

  return () =>
    inTurn(async () => {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const run = await attempt()
        if (run !== null) return run
      }
      throw cannotTest(`something else starts it all the time`)
    })
}

async function lastRun(ask: Systemctl): Promise<UnitRun> {
  const { ok, stdout, said } = await ask(['show', TEST_UNIT, '-p', 'ActiveState,Result,ExecMainStartTimestampMonotonic,ExecMainExitTimestampMonotonic'])
  if (!ok) throw cannotTest(said)
  const facts = new Map(stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  const number = (name: string) => Number(facts.get(name) ?? 0)
  return {
    started: number('ExecMainStartTimestampMonotonic'),
    ended: number('ExecMainExitTimestampMonotonic'),
    active: facts.get('ActiveState') ?? '',
    result: facts.get('Result') ?? '',
  }
}

function cannotTest(why: string): Problem {
  return new Problem(errors.nginxNotRunning, `Nginx cannot be made to test its configuration: ${TEST_UNIT}: ${why}. Install the package’s unit and polkit rule, or run the agent as root with nginx.test = "direct"`, { unit: TEST_UNIT })
}

function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
