import { join } from 'node:path'
import t from 'tap'
import { debian, processesWith } from '../../support/ffmpegs.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { factsOf } from '../../support/probe-source.ts'
import { until } from '../../support/until.ts'

t.setTimeout(120_000)

const directory = t.testdir()
const tools = await debian.open()
/** In front of the real ffprobe: it stands still before its first step, as on a disk that does not answer. */
const still = { ...tools, launcher: ['sh', '-c', 'kill -STOP $$; exec "$@"', 'sh'] }

async function clip(name: string): Promise<string> {
  return (await makeCounter({ file: join(directory, name), size: '64x36', frames: 10, audio: [] })).file
}

const gone = (path: string) => until('no process of the probe is left', () => processesWith(path).length === 0)

t.test('a probe that stands still ends at its deadline, and says what to do', async (t) => {
  const path = await clip('deadline.mp4')
  await t.rejects(factsOf(path, { tools: still, deadlineMs: 1000 }), { code: 'probe_deadline', fault: 'source', message: 'it could not be examined within 1 s', advice: /probe_deadline/ })
  await gone(path)
})

t.test('an ffprobe that a signal ended is the tool’s fault, and the source is not blamed', async (t) => {
  const path = await clip('killed.mp4')
  const probing = factsOf(path, { tools: still })
  const refused = t.rejects(probing, { code: 'tool_crashed', fault: 'tool', message: /SIGKILL while examining the source/ })
  await until('ffprobe is there', () => processesWith(path).length > 0)
  for (const pid of processesWith(path)) process.kill(pid, 'SIGKILL')
  await refused
})

t.test('a program that is not there is the host’s fault', async (t) => {
  const path = await clip('missing.mp4')
  await t.rejects(factsOf(path, { tools: { ...tools, ffprobe: '/nowhere/ffprobe' } }), { code: 'tool_missing', fault: 'environment', message: /\/nowhere\/ffprobe cannot be run/ })
  await t.rejects(factsOf(path, { tools: { ...tools, ffmpeg: '/nowhere/ffmpeg' } }), { code: 'tool_missing', fault: 'environment' }, 'also that which decodes')
})

t.test('asked to end, it ends with that reason, before and while ffprobe runs', async (t) => {
  const path = await clip('aborted.mp4')
  const abort = new AbortController()
  const ended = t.rejects(factsOf(path, { tools: still, signal: abort.signal }), { message: 'the daemon stops' })
  await until('ffprobe is there', () => processesWith(path).length > 0)
  abort.abort(new Error('the daemon stops'))
  await ended
  await gone(path)
  await t.rejects(factsOf(path, { signal: abort.signal }), { message: 'the daemon stops' })
})
