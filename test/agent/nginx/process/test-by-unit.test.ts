import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Systemctl } from '../../../../agent/nginx/process/systemctl.ts'
import { testByUnit } from '../../../../agent/nginx/process/test-by-unit.ts'

/** The unit as systemd would run it; what really runs it is tried in test/system/vm. */
function unit(t: Test) {
  const output = t.testdir({})
  const state = { starts: 0, allowed: true, ok: true, name: 0 }
  /** What the next starts lead to. */
  const runs: (() => Promise<void>)[] = []
  const ask: Systemctl = async () => {
    state.starts += 1
    if (!state.allowed) return { ok: false, stdout: '', said: 'Access denied' }
    await runs.shift()?.()
    return { ok: state.ok, stdout: '', said: 'Job for greenroom-nginx-test.service failed because a timeout was exceeded.' }
  }
  const write = async (name: string, text: string) => writeFile(join(output, name), text)
  const begin = async () => write('began', `run-${(state.name += 1)}\n`)
  const end = async (stdout: string, stderr = '', status = 0) => {
    await Promise.all([write('stdout', stdout), write('stderr', stderr)])
    await write('ended', `run-${state.name} ${status}\n`)
  }
  const run = async (...said: Parameters<typeof end>) => {
    await begin()
    await end(...said)
  }
  return { state, runs, run, begin, end, test: testByUnit({ ask, output }) }
}

t.test('what Nginx printed and said comes from the files that the unit left', async (t) => {
  const { runs, run, test } = unit(t)
  runs.push(async () => run('# configuration file /etc/nginx/nginx.conf:\n', 'nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n'))
  t.same(await test(), { ok: true, stdout: '# configuration file /etc/nginx/nginx.conf:\n', complaint: 'the configuration file /etc/nginx/nginx.conf syntax is ok' })
})

t.test('a rejected configuration is a complaint', async (t) => {
  const { runs, run, test } = unit(t)
  runs.push(async () => run('', 'nginx: [emerg] unknown directive "sever" in /etc/nginx/nginx.conf:3\n', 1))
  t.same(await test(), { ok: false, stdout: '', complaint: '[emerg] unknown directive "sever" in /etc/nginx/nginx.conf:3' })
})

t.test('a run that somebody else began before is not believed: the files have changed since', async (t) => {
  const { state, runs, run, begin, end, test } = unit(t)
  await begin()
  // The start joins that run and comes back with it.
  runs.push(async () => end('old'), async () => run('new'))
  t.equal((await test()).stdout, 'new')
  t.equal(state.starts, 2)
})

t.test('a run that somebody else begins while its output is read is not believed either', async (t) => {
  const { runs, run, begin, end, test } = unit(t)
  runs.push(
    async () => {
      await run('ours')
      await begin()
    },
    async () => {
      await end('theirs')
      await run('ours again')
    },
  )
  t.equal((await test()).stdout, 'ours again')
})

t.test('a unit that may not be started is told, with what to do', async (t) => {
  const { state, test } = unit(t)
  state.allowed = false
  await t.rejects(test(), { code: 'nginx_not_running', message: /greenroom-nginx-test\.service: Access denied\. Install the package’s unit and polkit rule/ })
})

t.test('a test that takes too long is a complaint', async (t) => {
  const { state, runs, begin, test } = unit(t)
  state.ok = false
  runs.push(begin)
  t.match(await test(), { ok: false, complaint: /no verdict on its configuration: Job for .* a timeout was exceeded/ })
})
