import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { createLogger } from '../../shared/log.ts'

/** The lines that `work` logs. */
function logged(work: (log: ReturnType<typeof createLogger>) => void, level = 'info'): string[] {
  const lines: string[] = []
  work(createLogger({ level, name: 'test', destination: { write: (line) => lines.push(line) } }))
  return lines
}

t.test('a line is one JSON object with an ISO time, the level’s name and the program’s', async (t) => {
  const lines = logged((log) => {
    log.info({ service: 'app' }, 'switched')
    log.debug('not at this level')
  })
  t.equal(lines.length, 1)
  t.match(JSON.parse(lines[0] ?? ''), { level: 'info', name: 'test', pid: process.pid, service: 'app', msg: 'switched', time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ })
})

t.test('an error keeps its stack, code and cause', async (t) => {
  const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'EX' })
  t.match(JSON.parse(logged((log) => log.error({ err: error }, 'failed'))[0] ?? ''), { level: 'error', err: { message: /outer/, code: 'EX', stack: /inner/ } })
})

t.test('secrets are not logged, wherever they are in the object', async (t) => {
  const [line = ''] = logged((log) =>
    log.info(
      {
        token: 'S3CRET',
        headers: { authorization: 'Bearer S3CRET', cookie: 'S3CRET', 'set-cookie': ['S3CRET'] },
        req: { headers: { authorization: 'S3CRET' }, body: { signing_key: 'S3CRET', password: 'S3CRET' } },
        a: { b: { c: { secret: 'S3CRET', signature: 'S3CRET' } } },
        service: 'app',
      },
      'a call',
    ),
  )
  t.notMatch(line, /S3CRET/)
  t.match(line, /"service":"app"/)
})

t.test('what was logged before a crash is on standard output', async (t) => {
  const script = `
    import { createLogger } from ${JSON.stringify(new URL('../../shared/log.ts', import.meta.url).href)}
    const log = createLogger({ level: 'info', name: 'test' })
    for (let n = 0; n < 500; n += 1) log.info({ n }, 'line')
    process.kill(process.pid, 'SIGKILL')`
  const error: unknown = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env: {} }).catch((thrown: unknown) => thrown)
  const { stdout, signal } = error as { stdout: string; signal: string }
  t.equal(signal, 'SIGKILL')
  t.equal(stdout.trimEnd().split('\n').length, 500)
})
