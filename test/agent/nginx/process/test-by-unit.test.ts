import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Systemctl } from '../../../../agent/nginx/process/systemctl.ts'
import { testByUnit } from '../../../../agent/nginx/process/test-by-unit.ts'

/** The unit as systemd would run it, with a clock of its own; what really runs it is tried in test/system/vm. */
function unit(t: Test) {
  const output = t.testdir({})
  const state = { time: 1000, started: 0, ended: 0, active: 'inactive', result: 'success', starts: 0, allowed: true }
  /** What the next runs say; each run takes its own. */
  const runs: (() => Promise<void>)[] = []
  const ask: Systemctl = async ([verb]) => {
    state.time += 10
    if (verb === 'show') {
      const stdout = `ActiveState=${state.active}\nResult=${state.result}\nExecMainStartTimestampMonotonic=${state.started}\nExecMainExitTimestampMonotonic=${state.ended}`
      return { ok: true, stdout, said: '' }
    }
    state.starts += 1
    if (!state.allowed) return { ok: false, stdout: '', said: 'Access denied' }
    await runs.shift()?.()
    return { ok: state.result === 'success', stdout: '', said: 'Job failed' }
  }
  const run = async (stdout: string, stderr: string, result = 'success') => {
    state.started = state.time += 10
    await Promise.all([writeFile(join(output, 'stdout'), stdout), writeFile(join(output, 'stderr'), stderr)])
    state.ended = state.time += 10
    state.result = result
  }
  return { state, runs, run, test: testByUnit({ ask, output, now: () => (state.time += 1) }) }
}

t.test('what Nginx printed and said comes from the files that the unit left', async (t) => {
  const { runs, run, test } = unit(t)
  runs.push(async () => run('# configuration file /etc/nginx/nginx.conf:\n', 'nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n'))
  t.same(await test(), { ok: true, stdout: '# configuration file /etc/nginx/nginx.conf:\n', complaint: 'the configuration file /etc/nginx/nginx.conf syntax is ok' })
})

t.test('a rejected configuration is a complaint and not a failure of the unit', async (t) => {
  const { runs, run, test } = unit(t)
  runs.push(async () => run('', 'nginx: [emerg] unknown directive "sever" in /etc/nginx/nginx.conf:3\n', 'exit-code'))
  t.same(await test(), { ok: false, stdout: '', complaint: '[emerg] unknown directive "sever" in /etc/nginx/nginx.conf:3' })
})

t.test('a run that somebody else began before is not believed: the files have changed since', async (t) => {
  const { state, runs, run, test } = unit(t)
  await run('old', '')
  // The start joins that run and comes back with it.
  runs.push(async () => {}, async () => run('new', ''))
  t.equal((await test()).stdout, 'new')
  t.equal(state.starts, 2)
})

t.test('a run that somebody else begins while its output is read is not believed either', async (t) => {
  const { state, runs, run, test } = unit(t)
  runs.push(
    async () => {
      await run('half', '')
      state.active = 'activating'
    },
    async () => {
      state.active = 'inactive'
      await run('whole', '')
    },
  )
  t.equal((await test()).stdout, 'whole')
})

t.test('a unit that may not be started is told, with what to do', async (t) => {
  const { state, test } = unit(t)
  state.allowed = false
  await t.rejects(test(), { code: 'nginx_not_running', message: /greenroom-nginx-test\.service: Access denied\. Install the package’s unit and polkit rule/ })
})

t.test('a test that takes too long is a complaint', async (t) => {
  const { runs, run, test } = unit(t)
  runs.push(async () => run('', '', 'timeout'))
  t.match(await test(), { ok: false, complaint: /gave no answer in time/ })
})
