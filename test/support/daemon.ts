import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from './until.ts'

/** Node keeps its compiled form of the modules here, as it does by default where a program asks for it: half of each start. */
const COMPILED = join(tmpdir(), 'node-compile-cache')

/** On a machine that runs other tests as well, a start may take its time. */
const START_DEADLINE_MS = 40_000
/** A start takes a second or two; to ask all that time would cost a quarter of a second of the processor that it starts on. */
const START_PAUSE_MS = 40

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever JSON the API answers with; each test asserts its shape
  readonly body: any
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface DaemonOptions {
  /** What it is called in messages. */
  readonly name: string
  /** Its `main.ts`. */
  readonly main: string
  readonly config: string
  readonly url: string
  readonly token: string
  readonly env?: NodeJS.ProcessEnv
}

/** A real process of one of the daemons, its API, and its command line. */
export interface Daemon {
  readonly config: string
  /** Base URL of the API. */
  readonly url: string
  /** A bearer token of role admin. */
  readonly token: string
  /** NaN before the first start: no signal can be sent to it. */
  readonly pid: number
  /** All that the process has written so far. */
  output(): string
  /** Starts the process; answers when the API does. Rejects with its output when it ends instead. */
  start(): Promise<void>
  /** Starts Node with other words, such as a program that kills itself at some step. */
  launch(argv: readonly string[]): Promise<void>
  /** Waits until the process has ended by itself. */
  ended(): Promise<Ended>
  /** Waits until /readyz answers 200. */
  ready(): Promise<void>
  /** Sends a signal and waits for the end; a process that has ended is left alone. */
  kill(signal?: NodeJS.Signals): Promise<Ended>
  /** Kills with SIGTERM or `signal`, starts again, and waits until it is ready. */
  restart(signal?: NodeJS.Signals): Promise<void>
  /** Calls the API with the admin token; `body` is sent as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Runs another command of the same program with this configuration; never throws. */
  command(...args: string[]): Promise<CommandResult>
  [Symbol.asyncDispose](): Promise<void>
}

export function daemon({ name, main, config, url, token, env = {} }: DaemonOptions): Daemon {
  let child: ChildProcess | undefined
  let output = ''
  let launched = 0

  async function answersOn(path: string): Promise<boolean> {
    if (child?.exitCode !== null || child.signalCode !== null) throw new Error(`the ${name} ended (${child?.exitCode ?? child?.signalCode}):\n${output.slice(launched)}`)
    const answer = await fetch(`${url}${path}`).catch(() => null) // refused until it listens
    await answer?.body?.cancel()
    return answer?.ok === true
  }

  const withOutput = (error: unknown): never => {
    throw new Error(`${String(error)}\n${output.slice(launched)}`, { cause: error })
  }

  const self: Daemon = {
    config,
    url,
    token,
    get pid() {
      return child?.pid ?? Number.NaN
    },
    output: () => output,
    start: async () => self.launch([main, 'run', '--config', config]),
    async launch(argv) {
      launched = output.length
      child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_COMPILE_CACHE: COMPILED, ...env } })
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          output += text
        })
      }
      await once(child, 'spawn')
      await until('the API answers', async () => answersOn('/healthz'), START_DEADLINE_MS, START_PAUSE_MS).catch(withOutput)
    },
    async ended() {
      if (child === undefined) throw new Error(`the ${name} was not started`)
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
      return { code: child.exitCode, signal: child.signalCode }
    },
    async ready() {
      await until(`the ${name} is ready`, async () => answersOn('/readyz'), START_DEADLINE_MS).catch(withOutput)
    },
    async kill(signal = 'SIGTERM') {
      if (child === undefined) throw new Error(`the ${name} was not started`)
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'close')
        child.kill(signal)
        await ended
      }
      return { code: child.exitCode, signal: child.signalCode }
    },
    async restart(signal) {
      await self.kill(signal)
      await self.start()
      await self.ready()
    },
    async call(method, path, body, headers = {}) {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      const isJson = answer.headers.get('content-type')?.includes('json') ?? false
      return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text }
    },
    async command(...args) {
      const argv = [main, ...args, '--config', config]
      return promisify(execFile)(process.execPath, argv).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        (error: { code?: number; stdout: string; stderr: string }) => ({ code: error.code ?? -1, stdout: error.stdout, stderr: error.stderr }),
      )
    },
    async [Symbol.asyncDispose]() {
      if (child !== undefined) await self.kill('SIGKILL')
    },
  }
  return self
}
