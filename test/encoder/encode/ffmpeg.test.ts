import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type FfmpegRun, runFfmpeg } from '../../../encoder/encode/ffmpeg.ts'
import type { FfmpegProgress } from '../../../encoder/encode/ffmpeg-progress.ts'
import { reapOrphans } from '../../../encoder/encode/orphans.ts'
import { processorTurns } from '../../../encoder/encode/processor-turns.ts'
import { debian, ffmpegs, procFile, processesWith } from '../../support/ffmpegs.ts'
import { until } from '../../support/until.ts'

const tools = await debian.open()
const ENDLESS = ['-re', '-f', 'lavfi', '-i', 'testsrc=size=64x36:rate=25', '-f', 'null', '-']

function run(args: readonly string[], more: Partial<FfmpegRun> = {}) {
  return runFfmpeg({ tools, args, signal: new AbortController().signal, stallMs: 30_000, label: 'testing', ...more })
}

/** Runs the endless command and hands out the pid of the very ffmpeg, once it is under way. */
async function started(name: string, more: Partial<FfmpegRun> = {}, args: readonly string[] = ENDLESS) {
  const progress: FfmpegProgress[] = []
  const mark = { work: `/nowhere/${name}-${process.pid}`, job: '01J' }
  const ended = run(args, { mark, onProgress: (report) => progress.push(report), ...more })
  const outcome = ended.then(() => undefined, (error: unknown) => error)
  await until('ffmpeg reports progress', () => progress.length > 0)
  const [pid] = processesWith(mark.work)
  if (pid === undefined) throw new Error('no ffmpeg bears the mark')
  return { pid, outcome, mark, progress }
}

for (const tool of ffmpegs) {
  t.test(`${tool.name} reports frames and time`, { skip: tool.skip }, async (t) => {
    const progress: FfmpegProgress[] = []
    const log = await run(['-f', 'lavfi', '-i', 'testsrc=size=64x36:rate=25:duration=2', '-f', 'null', '-'], { tools: await tool.open(), onProgress: (report) => progress.push(report) })
    t.equal(progress.at(-1)?.frame, 50)
    t.equal(progress.at(-1)?.out_time_us, 2_000_000)
    t.same({ ...log, tail: '' }, { tail: '', error_lines: 0, damaged: 0 })
  })
}

t.test('a signal from us ends it, and rejects with our reason once it has gone', async (t) => {
  const abort = new AbortController()
  const { pid, outcome, mark } = await started('cancel', { signal: abort.signal })
  abort.abort(new Error('cancelled by hand'))
  t.match(await outcome, { message: 'cancelled by hand' })
  t.same(processesWith(mark.work), [])
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  await t.rejects(run(ENDLESS, { signal: abort.signal }), { message: 'cancelled by hand' }, 'nothing is started after it')
})

t.test('one that stands still is ended and called stalled', async (t) => {
  const { pid, outcome } = await started('stall', { stallMs: 3000 })
  process.kill(pid, 'SIGSTOP')
  t.match(await outcome, { code: 'tool_stalled', fault: 'tool', message: /no sign of life for 3 s while testing/ })
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

t.test('one that gets no processor for longer than that is not stalled', async (t) => {
  const others = spawn('taskset', ['-c', '0', 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' })
  t.teardown(() => others.kill('SIGKILL'))
  // It leads a session, and where the kernel groups by sessions it is the group that has to stand back.
  const last = ['taskset', '-c', '0', 'chrt', '--idle', '0', 'sh', '-c', '[ ! -e /proc/self/autogroup ] || echo 19 >/proc/self/autogroup; exec "$@"', 'sh']
  const abort = new AbortController()
  const mark = { work: `/nowhere/starved-${process.pid}`, job: '01J' }
  const stallMs = 600
  const ended = run(['-f', 'lavfi', '-i', 'testsrc=size=64x36:rate=25', '-f', 'null', '-'], { tools: { ...tools, launcher: last }, stallMs, mark, signal: abort.signal })
  const waited = async () => until('it was kept waiting', () => processesWith(mark.work).some((pid) => processorTurns(pid).waited > 4 * stallMs))
  t.ok(await Promise.race([waited(), ended]), 'it was not ended meanwhile')
  abort.abort(new Error('that was it'))
  await t.rejects(ended, { message: 'that was it' })
})

t.test('one that dies by a signal has crashed, which is no verdict on the source', async (t) => {
  const { pid, outcome } = await started('crash')
  process.kill(pid, 'SIGSEGV')
  t.match(await outcome, { code: 'tool_crashed', fault: 'tool', message: /SIGSEGV/ })
})

t.test('one that the kernel ended for want of memory says so, and whose', async (t) => {
  const group = { unit: 'greenroom-encoder.service', limit: 512 * 1024 ** 2, hits: 0, kills: 0 }
  const readings = [group, { ...group, hits: 3, kills: 1 }]
  const { pid, outcome } = await started('memory', { memory: () => readings.shift() ?? null })
  process.kill(pid, 'SIGKILL')
  t.match(await outcome, { code: 'out_of_memory', fault: 'tool', message: /out of memory, the limit of 512MiB of greenroom-encoder\.service \(MemoryMax\) was reached/, advice: /set-property greenroom-encoder\.service MemoryMax=/ })
  const host = [group, { ...group, kills: 1 }]
  const other = await started('memory-of-the-host', { memory: () => host.shift() ?? null })
  process.kill(other.pid, 'SIGKILL')
  t.match(await other.outcome, { code: 'out_of_memory', message: /this host had none left/ })
})

t.test('a shell in between that reports a crash by its exit code is seen through', async (t) => {
  const directory = t.testdir({ ffmpeg: '#!/bin/sh\nexit 139\n' })
  execFileSync('chmod', ['755', join(directory, 'ffmpeg')])
  await t.rejects(run([], { tools: { ffmpeg: join(directory, 'ffmpeg'), launcher: [] } }), { code: 'tool_crashed' })
})

t.test('an error of ffmpeg is told in its last words, which are kept within bounds', async (t) => {
  await t.rejects(run(['-i', 'file:/nowhere/at-all.mp4', '-f', 'null', '-']), { code: 'tool_failed', fault: 'tool', message: /at-all\.mp4: No such file or directory/ })
  const directory = t.testdir({ ffmpeg: '#!/bin/sh\nyes "[h264 @ 0x1] [error] corrupt decoded frame" | head -n 100000 >&2\nexit 1\n' })
  execFileSync('chmod', ['755', join(directory, 'ffmpeg')])
  let damaged = 0
  const failure = await run([], { tools: { ffmpeg: join(directory, 'ffmpeg'), launcher: [] }, onDamage: (total) => (damaged = total) }).catch((error: unknown) => error)
  const { facts } = failure as { facts: { stderr_tail: string } }
  t.ok(facts.stderr_tail.length > 30_000 && facts.stderr_tail.length <= 64 * 1024)
  t.equal(damaged, 100_000)
})

t.test('a missing program and a missing directory are the fault of the host, with and without a launcher', async (t) => {
  for (const launcher of [tools.launcher, []]) {
    await t.rejects(run([], { tools: { ffmpeg: '/nowhere/ffmpeg', launcher } }), { code: 'tool_missing', fault: 'environment', message: /\/nowhere\/ffmpeg cannot be run/ })
    await t.rejects(run(ENDLESS, { tools: { ...tools, launcher }, cwd: '/nowhere/work' }), { code: 'storage_failed', fault: 'environment', message: /\/nowhere\/work is missing/ })
  }
})

const DAEMON = `
import { openTools } from '${fileURLToPath(new URL('../../../encoder/encode/open-tools.ts', import.meta.url))}'
import { runFfmpeg } from '${fileURLToPath(new URL('../../../encoder/encode/ffmpeg.ts', import.meta.url))}'
const [work, launcher] = process.argv.slice(-2)
const tools = await openTools({ ffmpeg: '${debian.path}', ffprobe: '/usr/bin/ffprobe' })
await runFfmpeg({ tools: launcher === 'none' ? { ...tools, launcher: [] } : tools, args: ${JSON.stringify(ENDLESS)}, signal: new AbortController().signal, stallMs: 60000,
  label: 'testing', mark: { work, job: '01J' }, onProgress: () => process.stdout.write('.') })
`

async function killedDaemon(work: string, launcher: 'any' | 'none') {
  const daemon = spawn(process.execPath, ['--input-type=module-typescript', '-e', DAEMON, '--', work, launcher], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(daemon.stdout, 'data')
  const marked = processesWith(work).filter((pid) => pid !== daemon.pid)
  daemon.kill('SIGKILL')
  await once(daemon, 'exit')
  return marked
}

t.test('a daemon killed with -9 takes its ffmpeg with it where the host can do that', { skip: tools.launcher.length === 0 && 'no setpriv here' }, async (t) => {
  const [pid = 0] = await killedDaemon('/nowhere/guarded', 'any')
  await until('the kernel has ended ffmpeg', () => !procFile(pid, 'cmdline').includes('testsrc'))
  t.pass()
})

t.test('what a killed daemon leaves running in a work area is found by its mark and ended; others are left alone', async (t) => {
  const work = `/nowhere/orphans-${process.pid}`
  const [mine = 0] = await killedDaemon(work, 'none')
  const [other = 0] = await killedDaemon(`${work}-of-another`, 'none')
  t.teardown(() => process.kill(other, 'SIGKILL'))
  t.match(procFile(mine, 'cmdline'), /testsrc/, 'it outlived its daemon')
  t.equal(await reapOrphans(work), 1)
  t.notMatch(procFile(mine, 'cmdline'), /testsrc/)
  t.match(procFile(other, 'cmdline'), /testsrc/, 'the same name with more behind it is another work area')
  t.equal(await reapOrphans(work), 0)
})
