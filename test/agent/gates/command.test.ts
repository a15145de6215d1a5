import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { commandGate } from '../../../agent/gates/command.ts'
import type { OperationFacts } from '../../../agent/gates/facts.ts'
import { until } from '../../support/until.ts'

const facts: OperationFacts = { service: 'app', from: 'blue', to: 'green', kind: 'switch' }
const { signal } = new AbortController()

function gate(command: string[], deadline = 10_000) {
  return commandGate({ name: 'smoke', command, deadline }, facts)
}

function shell(script: string, deadline?: number) {
  return gate(['/bin/sh', '-c', script], deadline)
}

/** Whether a process is there that has not ended. */
async function alive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return status !== '' && !/\) [ZX] /.test(status)
}

async function pidIn(file: string): Promise<number> {
  return until(`a pid stands in ${file}`, async () => Number((await readFile(file, 'utf8').catch(() => '')).trim()))
}

t.test('exit code 0 passes, and its last words are kept', async (t) => {
  t.match(await shell('echo checked 12 pages').check(signal), { name: 'smoke', passed: true, detail: /^\/bin\/sh: exit code 0 after \d+ ms: checked 12 pages$/ })
})

t.test('any other exit code refuses, with the last lines of both outputs', async (t) => {
  const { passed, detail } = await shell('for i in 1 2 3 4 5 6; do echo line $i; done; echo broken >&2; exit 3').check(signal)
  t.equal(passed, false)
  t.match(detail, /exit code 3 after \d+ ms: .*line 5 \| line 6/)
  t.match(detail, 'broken')
  t.notMatch(detail, 'line 1 ')
})

t.test('knows the operation by its environment, and nothing else of the agent’s', async (t) => {
  process.env['GREENROOM_TOKEN'] = 'secret'
  t.teardown(() => delete process.env['GREENROOM_TOKEN'])
  const { detail } = await shell('env | grep ^GREENROOM_ | sort').check(signal)
  t.match(detail, /: GREENROOM_FROM=blue \| GREENROOM_KIND=switch \| GREENROOM_SERVICE=app \| GREENROOM_TO=green$/)
})

t.test('no shell reads its arguments', async (t) => {
  const { detail } = await gate(['/bin/echo', '$HOME; exit 1', '`id`', '*']).check(signal)
  t.match(detail, /: \$HOME; exit 1 `id` \*$/)
})

t.test('the deadline kills the whole process group', async (t) => {
  const file = join(t.testdir(), 'pid')
  const started = performance.now()
  const { passed, detail } = await shell(`sleep 600 & echo $! > ${file}; echo waiting; wait`, 1000).check(signal)
  t.equal(passed, false)
  t.equal(detail, '/bin/sh: killed at its deadline of 1s: waiting')
  t.ok(performance.now() - started < 5000)
  t.equal(await alive(await pidIn(file)), false)
})

t.test('a program that ignores SIGTERM is killed too', async (t) => {
  const file = join(t.testdir(), 'pid')
  const { passed, detail } = await shell(`trap '' TERM; echo $$ > ${file}; while :; do sleep 0.05; done`, 500).check(signal)
  t.equal(passed, false)
  t.match(detail, 'killed at its deadline of 500ms')
  t.equal(await alive(await pidIn(file)), false)
})

t.test('what the program leaves behind ends with it and does not hold up the answer', async (t) => {
  const file = join(t.testdir(), 'pid')
  const started = performance.now()
  const { passed } = await shell(`sleep 600 & echo $! > ${file}`, 60_000).check(signal)
  t.equal(passed, true)
  const left = await pidIn(file)
  await until('the process left behind has ended', async () => !(await alive(left)))
  t.ok(performance.now() - started < 10_000)
})

t.test('a process that fled to a session of its own does not hold up the answer', async (t) => {
  const file = join(t.testdir(), 'pid')
  const { passed } = await shell(`setsid sh -c 'echo $$ > ${file}; exec sleep 600' & while ! test -s ${file}; do sleep 0.01; done`, 60_000).check(signal)
  t.equal(passed, true)
  process.kill(await pidIn(file), 'SIGKILL')
})

t.test('endless output is read and its end kept, in bounded memory', async (t) => {
  const before = process.memoryUsage().rss
  const { passed, detail } = await shell('yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | head -c 300000000; echo; echo the end', 60_000).check(signal)
  t.equal(passed, true)
  t.match(detail, /the end$/)
  t.ok(process.memoryUsage().rss - before < 150 * 2 ** 20)
})

t.test('output fit for no terminal is cleaned, and long lines cut', async (t) => {
  const { detail } = await shell(String.raw`printf '\033[31mred\033[0m\007\377 tail\r\n'; head -c 1000 /dev/zero | tr '\0' x`).check(signal)
  t.match(detail, /: red .* tail \| x{200}…$/)
  t.notMatch(detail, /\p{Cc}/u)
})

t.test('a program ended by a signal has not passed', async (t) => {
  t.match(await shell('kill -SEGV $$').check(signal), { passed: false, detail: /ended by SIGSEGV after \d+ ms/ })
})

t.test('a program that cannot be run says why', async (t) => {
  t.match(await gate(['/no/such/program']).check(signal), { passed: false, detail: /^\/no\/such\/program: cannot be run: .*ENOENT/ })
  t.match(await gate([t.testdir()]).check(signal), { passed: false, detail: /cannot be run: .*EACCES/ })
})

t.test('when aborted it kills the program and ends with the signal’s reason', async (t) => {
  const file = join(t.testdir(), 'pid')
  const stop = new AbortController()
  const checked = shell(`echo $$ > ${file}; exec sleep 600`, 60_000).check(stop.signal)
  const pid = await pidIn(file)
  const reason = new Error('stopping')
  stop.abort(reason)
  await t.rejects(checked, reason)
  t.equal(await alive(pid), false)
  await t.rejects(shell('exit 0').check(stop.signal), reason)
})

t.test('the description is the command', async (t) => {
  t.equal(gate(['/usr/local/bin/smoke', 'green'], 30_000).describe(), 'run /usr/local/bin/smoke green: exit code 0 within 30s')
})
