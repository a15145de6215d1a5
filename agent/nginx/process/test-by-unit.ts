import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serial } from '../../../shared/serial.ts'
import { errors } from '../../errors.ts'
import { messageOf, Problem, systemCodeOf } from '../../../shared/errors/problem.ts'
import { complaintIn, type NginxRun } from './complaint.ts'
import { systemctl, type Systemctl } from './systemctl.ts'

/** A oneshot of root that runs `nginx -T`: it takes no argument, and leaves in files what Nginx said. */
export const TEST_UNIT = 'greenroom-nginx-test.service'
const OUTPUT = '/run/greenroom-nginx-test'

/** Somebody else may start the unit just before or after us; more often than this in a row it is no accident. */
const TRIES = 5

export interface UnitTestOptions {
  readonly ask?: Systemctl
  readonly output?: string
}

/**
 * Has the unit test the configuration. A start that comes while the unit runs joins that run, which may have read the
 * files before they were changed; one that comes after ours overwrites what it left. So each run writes its name when
 * it begins and when it ends, and ours is one that had not begun before, whose words are whole when they are read.
 * Throws a Problem where the unit cannot be run.
 */
export function testByUnit({ ask = systemctl, output = OUTPUT }: UnitTestOptions = {}): () => Promise<NginxRun> {
  const inTurn = serial()

  async function attempt(): Promise<NginxRun | null> {
    const before = await read('began')
    const { ok, said } = await ask(['start', TEST_UNIT])
    const ended = await read('ended')
    const [stdout, stderr, began] = [await read('stdout'), await read('stderr'), await read('began')]
    const [run, status] = (ended ?? '').trim().split(' ')
    if (!ok && began === before) throw cannotTest(said)
    if (began === before) return null
    if (!ok) return { ok: false, stdout: '', complaint: `Nginx gave no verdict on its configuration: ${said}` }
    if (run !== began?.trim()) return null
    return { ok: status === '0', stdout: stdout ?? '', complaint: complaintIn(stderr ?? '') }
  }

  /** Null before the first run. */
  async function read(name: string): Promise<string | null> {
    try {
      return await readFile(join(output, name), 'utf8')
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return null
      throw cannotTest(messageOf(error))
    }
  }

  return () =>
    inTurn(async () => {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const run = await attempt()
        if (run !== null) return run
      }
      throw cannotTest('something else starts it all the time')
    })
}

function cannotTest(why: string): Problem {
  return new Problem(errors.nginxNotRunning, `Nginx cannot be made to test its configuration: ${TEST_UNIT}: ${why}. Install the package’s unit and polkit rule, or run the agent as root with nginx.test = "direct"`, { unit: TEST_UNIT })
}
