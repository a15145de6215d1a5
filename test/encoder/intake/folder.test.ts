import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { toDone } from '../../../encoder/intake/finish.ts'
import { mountPointOf } from '../../../encoder/mounts.ts'
import { testIntake, type TestIntake } from '../../support/intake.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'

const run = promisify(execFile)

/** Resolves when the problem of the folder has this code; null: when there is none. */
async function untilProblem({ intake }: TestIntake, code: string | null) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = () => (intake.problem()?.code ?? null) === code && resolve()
  const unsubscribe = intake.subscribe(look)
  look()
  await promise
  unsubscribe()
  return intake.problem()
}

t.test('a folder that is missing is waited for', async (t) => {
  const directory = t.testdir()
  await using host = await testIntake(directory)
  await rename(host.ingest, join(directory, 'away'))
  t.match(await untilProblem(host, 'ingest_missing'), { blocking: true, message: /does not exist; intake goes on by itself/ })
  await mkdir(host.ingest)
  await writeFile(join(host.ingest, 'film.mp4'), 'media')
  await host.ledger.until(1)
  t.equal(host.intake.problem(), null)
})

t.test('a file in place of the folder is no folder', async (t) => {
  const directory = t.testdir()
  await using host = await testIntake(directory)
  await rm(host.ingest, { recursive: true })
  await writeFile(host.ingest, 'x')
  await untilProblem(host, 'ingest_missing')
})

t.test('an unmounted folder is not an empty one: what waited still waits, nothing is taken from or given to the bare mount point', { skip: noSmallDisk }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-mount-'))
  const ingest = join(directory, 'ingest')
  await mkdir(ingest)
  const mount = () => run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'greenroom-test', ingest])
  await mount()
  let mounted = true
  t.teardown(async () => {
    if (mounted) await run('umount', ['-l', ingest])
    await rm(directory, { recursive: true })
  })
  {
    await using host = await testIntake(directory)
    await writeFile(join(ingest, 'one.mp4'), 'one')
    const [one] = await host.ledger.until(1)
    if (one === undefined) throw new Error('nothing was claimed')
    host.ledger.refusal = { reason: 'no_space', detail: '' }
    await writeFile(join(ingest, 'two.mp4'), 'two')
    await host.untilWaiting('two.mp4', 'no_space')
    await run('umount', ['-l', ingest])
    mounted = false
    host.ledger.refusal = null
    t.match(await untilProblem(host, 'ingest_unmounted'), { blocking: true, message: new RegExp(`mounted at ${ingest}`) })
    t.match(host.intake.waiting(), [{ name: 'two.mp4', reason: 'intake_blocked' }])
    await writeFile(join(ingest, 'hidden.mp4'), 'x')
    await host.intake.rescan()
    await t.rejects(toDone(one, { job: 'job-1', ingest: { directory: ingest, after: 'keep' }, work: host.work }), { code: 'storage_failed', fault: 'environment' })
    t.equal(await readFile(one.path, 'utf8'), 'one', 'the source stays in the work area')
    t.equal(host.ledger.jobs.size, 1)
  }
  {
    await using host = await testIntake(directory)
    t.match(host.intake.problem(), { code: 'ingest_unmounted' }, 'also after a restart')
    await mount()
    mounted = true
    await writeFile(join(ingest, 'three.mp4'), 'three')
    t.same((await host.ledger.until(1)).map(({ name }) => name), ['three.mp4'])
    t.equal(host.intake.problem(), null)
  }
  {
    // A file system that comes on top is the new truth, and the watcher follows it.
    await using host = await testIntake(directory)
    await mount()
    await writeFile(join(ingest, 'four.mp4'), 'four')
    await host.ledger.until(1)
    await run('umount', ['-l', ingest])
  }
})

t.test('the mount point of a path', async (t) => {
  const info = '1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / /srv rw - ext4 /dev/b rw\n3 2 0:3 / /srv/in\\040gest rw - nfs4 nas:/x rw\n'
  t.equal(mountPointOf('/home/x', info), '/')
  t.equal(mountPointOf('/srv/ingest', info), '/srv')
  t.equal(mountPointOf('/srv/in gest/a', info), '/srv/in gest')
  t.equal(mountPointOf('/srv2', info), '/')
})

t.test('a folder on another file system: each source is copied, verified, and only then removed', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(4096)
  const content = 'x'.repeat(1_500_000)
  await using host = await testIntake(t.testdir(), { ingest: disk.path })
  await writeFile(join(disk.path, 'film.en.srt'), '1')
  await writeFile(join(disk.path, '.film'), content)
  await rename(join(disk.path, '.film'), join(disk.path, 'film.mp4'))
  const [source] = await host.ledger.until(1)
  t.equal(await readFile(source?.path ?? '', 'utf8'), content)
  t.same((await readdir(source?.directory ?? '')).toSorted(), ['captions-0.srt', 'source.mp4'])
  t.same(await readdir(disk.path), [])
})

t.test('a source that changes while it is copied to another file system stays, and is taken later as a whole', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(4096)
  await writeFile(join(disk.path, 'film.mp4'), 'media')
  let first = true
  await using host = await testIntake(t.testdir(), {
    ingest: disk.path,
    async onStep(step) {
      if (step !== 'copied' || !first) return
      first = false
      await writeFile(join(disk.path, 'film.mp4'), ' more', { flag: 'a' })
    },
  })
  t.match(await host.ledger.nextWithdrawal(), 'it was written to while it was moved')
  t.equal(await readFile((await host.ledger.until(1))[0]?.path ?? '', 'utf8'), 'media more')
})

t.test('a full work area leaves the sources where they are, tells it, and goes on when there is space', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(1024)
  await using host = await testIntake(t.testdir(), { work: disk.path })
  await disk.fill()
  await writeFile(join(host.ingest, 'film.mp4'), 'x'.repeat(100_000))
  t.match(await untilProblem(host, 'claim_failed'), { blocking: true, message: /ENOSPC/ })
  t.same(await readdir(host.ingest), ['film.mp4'])
  await disk.free()
  t.equal((await host.ledger.until(1))[0]?.size, 100_000)
  await untilProblem(host, null)
})

t.test('a ledger that cannot be written stops nothing for good', async (t) => {
  await using host = await testIntake(t.testdir())
  const claimed = host.ledger.claimed.bind(host.ledger)
  let faults = 2
  host.ledger.claimed = (job, source) => {
    if (faults-- > 0) throw new Error('database is locked')
    claimed(job, source)
  }
  await writeFile(join(host.ingest, 'film.mp4'), 'media')
  const [source] = await host.ledger.until(1)
  t.equal(await readFile(source?.path ?? '', 'utf8'), 'media')
  t.equal(host.ledger.jobs.size, 1, 'the same claim is ended, not another begun')
  t.match(host.log.join('\n'), /database is locked/)
})

const INOTIFY = fileURLToPath(new URL('../../support/few-watches.ts', import.meta.url))

t.test('at the limit of inotify new files are found by rescans, and it says so', { skip: noSmallDisk }, async (t) => {
  // A user namespace has a limit of its own, so the machine's is not touched.
  const child = spawn('unshare', ['--user', '--map-root-user', 'sh', '-c', 'echo 1 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"', process.execPath, INOTIFY, t.testdir({ ingest: { a: {}, b: {} } })], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  t.same(await once(child, 'close'), [0, null])
  const { problem, found, log } = JSON.parse(output) as { problem: unknown; found: string; log: string[] }
  t.match(problem, { code: 'inotify_limit', blocking: false, message: /looking every 200ms.*fs\.inotify\.max_user_watches/ })
  t.equal(found, 'b/film.mp4')
  t.equal(log.filter((line) => /limit of inotify/.test(line)).length, 1)
})
