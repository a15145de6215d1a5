import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { listen, type Listening } from '../../../shared/api/listen.ts'
import { createLogger } from '../../../shared/log.ts'
import { testEncoderApi, type TestEncoderApi } from '../../support/encoder-api.ts'
import { runAtTerminal, runEncoderHere } from '../../support/encoder-command.ts'
import { assetOf } from '../../support/memory-encoder.ts'

const silent = createLogger({ level: 'silent', name: 'test' })
const api = await testEncoderApi({ api: (directory) => `listen = ["unix:${join(directory, 'api.sock')}"]` })
const listening: Listening = await listen(api.app, api.config.api, silent)
t.teardown(async () => {
  await listening.close()
  await api[Symbol.asyncDispose]()
})
const { encoder }: TestEncoderApi = api
const run = async (...words: string[]) => runEncoderHere(['--config', api.configFile, ...words])

const encoding = encoder.put({ state: 'encoding', asset: 'films/a', progress: 0.437, speed: 2.14, eta_s: 185, chunks: { planned: 10, done: 4, encoded: 5 }, started_at: '2026-11-21T10:00:00.000Z', renditions: [{ id: 'v720', kind: 'video', progress: 0.43, detail: '1280x720 h264' }] })
const failed = encoder.put({ state: 'failed', asset: 'clips/holiday', source: { name: 'clips/holiday.mov', size: 5_000_000, sha256: null }, started_at: '2026-11-21T10:00:00.000Z', ended_at: new Date().toISOString(), error: { fault: 'source', code: 'truncated', message: 'It ends after 12 s of 20 s', advice: 'Copy it again.', at_s: 12 } })
const blocked = encoder.put({ state: 'publishing', asset: 'films/b', blocked: { fault: 'destination', code: 'store_unreachable', message: 'The store does not answer', advice: 'It is tried again.', since: '2026-11-21T10:00:00.000Z', retry_at: null } })

t.test('jobs that have not ended are listed, with what else there is', async (t) => {
  const { code, stdout } = await run('jobs')
  t.equal(code, 0)
  t.match(stdout, new RegExp(`^JOB +ASSET +STATE +PROGRESS +SPEED +LEFT\n${encoding.id.slice(-6)} +films/a +encoding +43 % +2\\.1x +3 min\n${blocked.id.slice(-6)} +films/b +blocked`))
  t.match(stdout, / {4}store_unreachable: The store does not answer\n {4}It is tried again\.\n/)
  t.match(stdout, /ended: 1 failed \(jobs --all\)\n/)
  t.notMatch(stdout, /clips\/holiday/)
  t.notMatch(stdout, /[█#]/, 'no bars where nobody looks')
})

t.test('with --all, of one state, and as JSON', async (t) => {
  t.match((await run('jobs', '--all')).stdout, /clips\/holiday +failed[^]*truncated: It ends after 12 s of 20 s/)
  const some = await run('jobs', '--state', 'failed')
  t.match(some.stdout, /clips\/holiday/)
  t.notMatch(some.stdout, /films/)
  t.match(JSON.parse((await run('jobs', '--json')).stdout), { jobs: [{ id: encoding.id }, { id: blocked.id }], counts: { encoding: 1, failed: 1 } })
  t.match(await run('jobs', '--state', 'sleeping'), { code: 2, stderr: /"sleeping" is no state/ })
})

t.test('on a terminal the table lives until Ctrl-C', async (t) => {
  const view = runAtTerminal(['jobs', '--config', api.configFile], { columns: 100, rows: 12 })
  while (!/films\/a/.test(view.screen())) await view.written()
  t.match(view.screen(), /films\/a +encoding +█████░░░░░░░ +43 % +2\.1x +3 min/)
  encoder.put({ id: encoding.id, progress: 0.91, eta_s: 20 })
  while (!/91 %/.test(view.screen())) await view.written()
  t.match(view.screen(), /films\/a +encoding +██████████░░ +91 %/)
  t.equal(view.screen().match(/films\/a/g)?.length, 1, 'one table, redrawn in place')
  encoder.pauseIntake('by token:op: a test')
  while (!/intake is paused by token:op: a test/.test(view.screen())) await view.written()
  const more = Array.from({ length: 20 }, (_, n) => encoder.put({ asset: `many/${n}` }))
  while (!/… and \d+ more lines/.test(view.screen())) await view.written()
  t.ok(view.screen().trimEnd().split('\n').length < 12, 'never higher than the terminal')
  for (const { id } of more) await encoder.cancel(id)
  encoder.resumeIntake()
  view.interrupt()
  t.equal(await view.code, 0)
})

t.test('an encoder that stops ends the live table with an error', async (t) => {
  await using other = await testEncoderApi({ api: (directory) => `listen = ["unix:${join(directory, 'api.sock')}"]` })
  const there = await listen(other.app, other.config.api, silent)
  const view = runAtTerminal(['jobs', '--config', other.configFile])
  while (!/No job is running/.test(view.screen())) await view.written()
  await there.close()
  t.equal(await view.code, 1)
  t.match(view.screen(), /The encoder at unix:\S+ ended\s+the connection/)
})

t.test('a job is shown by the ending of its id, by its asset and by its source', async (t) => {
  for (const word of [failed.id, failed.id.slice(-6).toLowerCase(), 'clips/holiday', 'clips/holiday.mov', 'holiday.mov']) {
    const { code, stdout } = await run('show', word)
    t.equal(code, 0, word)
    t.match(stdout, new RegExp(`^clips/holiday: failed\n {2}job +${failed.id}\n`), word)
  }
  const { stdout } = await run('show', 'holiday.mov')
  for (const line of [/failed +truncated: It ends after 12 s of 20 s/, /do +Copy it again\./, /attempts\n {4}1 {2}2026-11-21 10:00:00Z, took .*truncated\n +moov atom not found/, /history\n/]) t.match(stdout, line)
  t.match(JSON.parse((await run('show', 'holiday.mov', '--json')).stdout), { id: failed.id, attempts: [{ number: 1 }] })
  t.match(await run('show', 'nothing.mov'), { code: 2, stderr: /No job has the id, the asset or the source nothing\.mov.*jobs --all/ })
})

t.test('jobs are changed by name; what cannot be done is refused with 3', async (t) => {
  encoder.asked.length = 0
  t.match(await run('pause', 'films/a'), { code: 0, stdout: /^films\/a: paused; the chunk under way is finished first\n {2}see it: greenroom-encoder show \w{6} --config / })
  t.match(await run('resume', 'films/a'), { code: 0, stdout: /^films\/a: it goes on \(encoding\)/ })
  t.match(await run('priority', 'films/a', '12'), { code: 0, stdout: /priority 12/ })
  t.match(await run('priority', 'films/a', '-5'), { code: 0, stdout: /priority -5/ })
  t.match(await run('retry', 'holiday.mov'), { code: 0, stdout: /it runs again \(queued\)/ })
  t.match(await run('cancel', 'clips/holiday'), { code: 0, stdout: /cancelled/ })
  t.match(await run('cancel', 'clips/holiday'), { code: 3, stderr: /^refused: Job \w+ cannot be changed.*\nnext: see it: greenroom-encoder show/ })
  t.match(await run('cancel', 'clips/holiday', '--json'), { code: 3, stdout: /"code":"job_state"/ })
  t.match(await run('priority', 'films/a', 'high'), { code: 2, stderr: /whole number from -1000 to 1000/ })
  t.strictSame(encoder.asked.map((line) => line.replace(/ \w+$/, '')), ['pause', 'resume', 'priority 12', 'priority -5', 'retry', 'cancel'])
})

t.test('intake is paused and resumed, and waiting files say why', async (t) => {
  encoder.files.push({ name: 'clips/b.mp4', size: 1_500_000, first_seen: new Date().toISOString(), reason: 'open_for_writing', detail: 'scp (process 12) writes to it; it is taken once it is closed.', until: null })
  t.match(await run('intake', 'pause', '--reason', 'new disk'), { code: 0, stdout: /^paused by socket: new disk\n1 file waits/ })
  t.match(await run('intake'), { code: 0, stdout: /^paused by socket: new disk/ })
  t.match(await run('intake', 'resume'), { code: 0, stdout: /^sources are taken\n/ })
  t.match(await run('waiting'), { code: 0, stdout: /clips\/b\.mp4 +1\.5 MB +now +open_for_writing\n {4}scp \(process 12\) writes to it/ })
  t.match(await run('waiting', 'other'), { code: 0, stdout: 'No file waits.\n' })
  t.match(await run('status'), { code: 0, stdout: /^ready\njobs: 1 encoding, 1 publishing\nended: .*\n1 file in the ingest folder waits to be taken/ })
  encoder.readiness = { ready: false, problems: ['The disk is full'] }
  t.match(await run('status'), { stdout: /^not ready: The disk is full\n/ })
  encoder.outbox = { objects: 0, bytes: 0, notices: 2 }
  t.match(await run('status'), { stdout: /2 changes of pointers still to be told \(after_publish\)/ })
  encoder.outbox = { objects: 0, bytes: 0, notices: 0 }
  encoder.readiness = { ready: true, problems: [] }
})

t.test('assets are listed and pointed back', async (t) => {
  encoder.putAsset(assetOf('films/a', ['v2', 'v1']))
  t.match(await run('assets'), { code: 0, stdout: /films\/a +not public[^]*1 asset\n$/ })
  t.match(await run('assets', 'films/a'), { code: 0, stdout: /v2 +current[^]*v1 +ready/ })
  t.match(await run('publish', 'rollback', 'films/a'), { code: 0, stdout: /^films\/a: version v1 is current/ })
  t.match(await run('publish', 'rollback', 'films/a', '--to', 'v9'), { code: 2, stderr: /has no version v9/ })
  t.match(await run('assets', 'films/x'), { code: 2, stderr: /There is no asset films\/x[^]*next: the assets: greenroom-encoder assets/ })
})

t.test('the store is verified and repaired, and tidied up', async (t) => {
  encoder.asked.length = 0
  t.match(await run('publish', 'verify'), { code: 0, stdout: /^1 asset, 1 version, 10 objects \(1 kB\) read back: all as it should be\n$/ })
  encoder.storeFaults = [{ asset: 'films/a', version: 'v1', current: true, key: 'films/a/v1/x.m4s', what: 'missing', detail: 'nothing lies under this key' }]
  t.match(await run('publish', 'verify', 'films/a'), { code: 1, stdout: /1 fault\n {2}missing +films\/a\/v1\/x\.m4s: nothing lies under this key\nnext: .*publish repair films\/a/ })
  t.match(await run('publish', 'repair'), { code: 0, stdout: /^repaired: 1 fault\n/ })
  encoder.repair = async () => ({ repaired: [], beyond_repair: encoder.storeFaults })
  t.match(await run('publish', 'repair'), { code: 1, stdout: /^cannot be repaired from here: 1 fault\n[^]*next: greenroom-encoder reencode films\/a/ })
  t.match(await run('reencode', 'films/a'), { code: 0, stdout: /^films\/a: films\/a\.mp4 is in the ingest folder again\n/ })
  t.match(await run('housekeeping', '--dry-run'), { code: 0, stdout: 'versions: 2 old versions would be deleted\n' })
  t.strictSame(encoder.asked, ['repair all', 'reencode films/a', 'housekeeping (dry run)'])
})

t.test('a file is added as a whole, with what lies beside it', async (t) => {
  const directory = t.testdir({ 'a.mp4': 'a film', 'a.en.srt': 'words', 'b.txt.part': 'half' })
  await mkdir(join(api.directory, 'ingest'), { recursive: true })
  t.match(await run('add', join(directory, 'a.mp4'), '--asset', 'films/new'), { code: 0, stdout: /a\.mp4 → \S+ingest\/a\.mp4 \(6 B, with a\.en\.srt\)\n {2}see how it goes: greenroom-encoder jobs/ })
  t.strictSame((await readdir(join(api.directory, 'ingest'))).toSorted(), ['a.en.srt', 'a.json', 'a.mp4'])
  t.match(JSON.parse(await readFile(join(api.directory, 'ingest/a.json'), 'utf8')), { asset: 'films/new' })
  t.match(await run('add', join(directory, 'a.mp4')), { code: 3, stderr: /is there already/ })
  t.match(await run('add', join(directory, 'c.mp4')), { code: 2, stderr: /c\.mp4 does not exist/ })
  t.match(await run('add', join(directory, 'a.mp4'), '--profile', 'nope'), { code: 2, stderr: /no profile "nope"/ })
})
