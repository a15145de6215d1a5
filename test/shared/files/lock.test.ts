import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { acquireLock, LockHeld } from '../../../shared/files/lock.ts'

/** Another process that holds the lock until it is killed. */
async function holder(path: string) {
  const script = `
    import { acquireLock } from ${JSON.stringify(new URL('../../../shared/files/lock.ts', import.meta.url).href)}
    await acquireLock(${JSON.stringify(path)})
    setInterval(() => {}, 1000)
    globalThis.gc()
    process.stdout.write('locked')`
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] } })
  const [text] = (await once(child.stdout, 'data')) as [Buffer]
  if (text.toString() !== 'locked') throw new Error(`the other process said ${text.toString()}`)
  return {
    pid: child.pid,
    async kill() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

t.test('a second holder is refused at once, naming the first', async (t) => {
  const path = join(t.testdir(), 'lock')
  const other = await holder(path)
  t.teardown(() => other.kill())
  const error = await acquireLock(path).then(() => undefined, (thrown: unknown) => thrown)
  t.ok(error instanceof LockHeld)
  t.match(error, { pid: other.pid, path, message: `${path} is locked by process ${other.pid}` })
})

t.test('the lock dies with its holder, also by kill -9', async (t) => {
  const path = join(t.testdir(), 'lock')
  const other = await holder(path)
  await other.kill()
  await using lock = await acquireLock(path)
  t.equal(lock.path, path)
  t.equal(await readFile(path, 'utf8'), `${process.pid}\n`)
})

t.test('the same process cannot hold it twice; after release it can be had again', async (t) => {
  const path = join(t.testdir(), 'lock')
  const first = await acquireLock(path)
  await t.rejects(acquireLock(path), { name: 'LockHeld', pid: process.pid })
  await first.release()
  await first.release()
  await (await acquireLock(path)).release()
  t.equal(await readFile(path, 'utf8'), '', 'nobody is named in a free lock')
})

t.test('of many who ask at the same time one gets it', async (t) => {
  const path = join(t.testdir(), 'lock')
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => acquireLock(path)))
  const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  t.equal(locks.length, 1)
  t.ok(results.every((result) => result.status === 'fulfilled' || result.reason instanceof LockHeld))
  await locks[0]?.release()
})

t.test('children started while it is held do not hold it on', async (t) => {
  const path = join(t.testdir(), 'lock')
  const lock = await acquireLock(path)
  const child = spawn('sleep', ['60'])
  t.teardown(() => child.kill())
  await once(child, 'spawn')
  await lock.release()
  await (await acquireLock(path)).release()
})

t.test('a lock file that was removed locks nobody out: the next one makes a new file', async (t) => {
  const path = join(t.testdir(), 'lock')
  await using lock = await acquireLock(path)
  await rm(lock.path)
  await (await acquireLock(path)).release()
})

t.test('a file removed between opening and locking is not taken for the lock', async (t) => {
  const directory = t.testdir()
  const path = join(directory, 'lock')
  const flock = join(directory, 'flock')
  await writeFile(flock, `#!/bin/sh\n[ -e ${directory}/once ] || { touch ${directory}/once; rm ${path}; }\nexec flock "$@"\n`, { mode: 0o755 })
  await using lock = await acquireLock(path, { flock })
  await t.rejects(acquireLock(lock.path), { name: 'LockHeld', pid: process.pid })
})

t.test('says what is wrong where flock is missing, fails, or the file cannot be opened', async (t) => {
  const directory = t.testdir()
  await t.rejects(acquireLock(join(directory, 'lock'), { flock: 'no-such-flock' }), /lock cannot be locked: no-such-flock does not run: .*ENOENT; install the package util-linux/)
  await t.rejects(acquireLock(join(directory, 'lock'), { flock: 'false' }), /cannot be locked: false ended with 1/)
  await t.rejects(acquireLock(join(directory, 'missing/lock')), { code: 'ENOENT' })
  await symlink('elsewhere', join(directory, 'link'))
  await t.rejects(acquireLock(join(directory, 'link')), { code: 'ELOOP' })
})
