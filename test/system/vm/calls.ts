import type { Machine } from './machine.ts'
import type { Unit } from './scene.ts'
import { wait } from './wait.ts'

const PORTS: Partial<Record<Unit, string>> = { 'greenroom-agent': '9440', 'greenroom-encoder': '9441' }

/**
 * Calls the APIs of these units over and over, each time over a connection of its own, while `work` is done. Answers how
 * often each answer came, as `uniq -c` says it: `605 200`; what curl says instead of a status is one, too.
 */
export async function answersWhile({ sh, attempt }: Machine, units: readonly Unit[], work: () => Promise<unknown>): Promise<string> {
  const calls = units.flatMap((unit) => [`http://127.0.0.1:${PORTS[unit] ?? ''}/healthz`, `--unix-socket /run/${unit}/api.sock http://localhost/healthz`])
  const loops = calls.map((call) => `( while [ ! -e /run/calls-end ]; do curl -sS -m 60 -o /dev/null -w '%{http_code}\\n' ${call} 2>&1; sleep 0.05; done >>/run/calls ) &`)
  await sh(`rm -f /run/calls*; (${loops.join(' ')} wait; touch /run/calls-over) </dev/null >/dev/null 2>&1 & echo`)
  try {
    await work()
    // One more each, of the new process.
    for (const unit of units) await sh(`curl -fsS --unix-socket /run/${unit}/api.sock http://localhost/healthz`)
  } finally {
    await sh('touch /run/calls-end')
  }
  await wait('the last calls are over', async () => (await attempt('test -e /run/calls-over')).code === 0)
  return (await sh('sort /run/calls | uniq -c')).trim()
}
