import { appendFile, chmod, mkdir, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { followErrorLog } from '../../../agent/nginx/error-log.ts'

const line = (message: string, pid = 7) => `2026/11/21 14:00:00 [emerg] ${pid}#${pid}: ${message}\n`

async function logIn(directory: string): Promise<string> {
  const path = join(directory, 'error.log')
  await writeFile(path, line('from before'))
  return path
}

t.test('only lines that came after the mark are read, whole ones, each once', async (t) => {
  const path = await logIn(t.testdir())
  const log = await followErrorLog(path)
  t.teardown(() => log.close())
  t.same(await log.read(), [])
  await appendFile(path, line('one') + line('two').slice(0, 20))
  t.match(await log.read(), [{ level: 'emerg', pid: 7, message: 'one' }])
  await appendFile(path, line('two').slice(20))
  t.match(await log.read(), [{ message: 'two', text: line('two').trim() }])
  t.same(await log.read(), [])
})

t.test('after a rotation both the old file, which Nginx still writes to, and the new one are followed', async (t) => {
  const path = await logIn(t.testdir())
  const log = await followErrorLog(path)
  t.teardown(() => log.close())
  await rename(path, `${path}.1`)
  await appendFile(`${path}.1`, line('late'))
  t.match(await log.read(), [{ message: 'late' }])
  await writeFile(path, line('fresh'))
  await appendFile(`${path}.1`, line('later'))
  t.same((await log.read()).map(({ message }) => message), ['later', 'fresh'])
})

t.test('a log that is truncated in place is read on from its beginning', async (t) => {
  const path = await logIn(t.testdir())
  const log = await followErrorLog(path)
  t.teardown(() => log.close())
  await truncate(path)
  t.same(await log.read(), [])
  await appendFile(path, line('after'))
  t.match(await log.read(), [{ message: 'after' }])
})

t.test('a log that does not exist yet is read from its beginning once it does', async (t) => {
  const path = join(t.testdir(), 'error.log')
  const log = await followErrorLog(path)
  t.teardown(() => log.close())
  t.match(log.unreadable, /does not exist/)
  await writeFile(path, line('first'))
  t.match(await log.read(), [{ message: 'first' }])
  t.equal(log.unreadable, null)
})

t.test('a mark outlives the process that made it', async (t) => {
  const path = await logIn(t.testdir())
  const first = await followErrorLog(path)
  await first.close()
  await appendFile(path, line('meanwhile'))
  const second = await followErrorLog(path, first.mark!)
  t.teardown(() => second.close())
  t.match(await second.read(), [{ message: 'meanwhile' }])
})

t.test('what is no file, or not readable, is said', async (t) => {
  const directory = t.testdir()
  await mkdir(join(directory, 'error.log'))
  t.match((await followErrorLog(join(directory, 'error.log'))).unreadable, /not a regular file/)
  t.match((await followErrorLog('/dev/null')).unreadable, /not a regular file/)
  const path = await logIn(t.testdir())
  await chmod(path, 0)
  if (process.getuid?.() !== 0) t.match((await followErrorLog(path)).unreadable, /EACCES/)
})
