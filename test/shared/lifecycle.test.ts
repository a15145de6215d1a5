import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import t from 'tap'

const url = (path: string) => JSON.stringify(new URL(`../../shared/${path}`, import.meta.url).href)

/** A real process whose life is `untilStopped`; `start` is the body of the function it is given. */
function run(start: string) {
  const script = `
    import { untilStopped } from ${url('lifecycle.ts')}
    import { createLogger } from ${url('log.ts')}
    const keepAlive = setInterval(() => {}, 1000)
    process.exitCode = await untilStopped(async () => { ${start} }, { log: createLogger({ level: 'info', name: 'test' }), events: process, exit: (code) => process.exit(code) })
    clearInterval(keepAlive)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'], env: {} })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const stderr = text(child.stderr)
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  return {
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Messages up to the one that contains `part`. */
    async says(part: string): Promise<string[]> {
      const messages: string[] = []
      for (;;) {
        const { value, done } = await lines.next()
        if (done === true) throw new Error(`it never said "${part}", but ${messages.join(' / ')} and ${await stderr}`)
        const message = value.startsWith('{') ? (JSON.parse(value) as { msg: string }).msg : value
        messages.push(message)
        if (message.includes(part)) return messages
      }
    },
    async exitCode(): Promise<number | null> {
      const [code] = await ended
      return code
    },
    stderr,
  }
}

const RUNNING = `console.log('running'); return { async stop() { console.log('closed') } }`

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} stops gracefully and exits with 0`, async (t) => {
    const child = run(RUNNING)
    await child.says('running')
    child.kill(signal)
    t.same(await child.says('stopped'), [`${signal}: stopping`, 'closed', 'stopped'])
    t.equal(await child.exitCode(), 0)
  })
}

t.test('a second signal exits at once, with 128 and its number', async (t) => {
  for (const [signal, code] of [['SIGTERM', 143], ['SIGINT', 130]] as const) {
    const child = run(`console.log('running'); return { stop: () => new Promise(() => {}) }`)
    await child.says('running')
    child.kill('SIGTERM')
    await child.says('stopping')
    child.kill(signal)
    t.match(await child.says('second signal'), [`second signal (${signal}): exiting at once`])
    t.equal(await child.exitCode(), code)
  }
})

t.test('a signal that comes while it is starting is heeded once it has started', async (t) => {
  const child = run(`console.log('starting'); await new Promise((resolve) => process.once('SIGTERM', () => setTimeout(resolve, 50))); ${RUNNING}`)
  await child.says('starting')
  child.kill('SIGTERM')
  t.same(await child.says('stopped'), ['running', 'SIGTERM: stopping', 'closed', 'stopped'])
  t.equal(await child.exitCode(), 0)
})

t.test('an unhandled rejection or an uncaught error is logged and ends it at once with 1', async (t) => {
  for (const cause of [`Promise.reject(new Error('forgotten'))`, `throw new Error('forgotten')`]) {
    const child = run(`setImmediate(() => { ${cause} }); return { async stop() {} }`)
    t.same(await child.says('nobody handled'), ['an error that nobody handled: forgotten'])
    t.equal(await child.exitCode(), 1)
  }
})

t.test('a stop that fails exits with 1 and says why', async (t) => {
  const child = run(`console.log('running'); return { async stop() { throw new Error('socket in use') } }`)
  await child.says('running')
  child.kill('SIGTERM')
  await child.says('stopping failed: socket in use')
  t.equal(await child.exitCode(), 1)
})

t.test('a start that fails is thrown on to main', async (t) => {
  const child = run(`throw new Error('port taken')`)
  t.equal(await child.exitCode(), 1)
  t.match(await child.stderr, /port taken/)
})
