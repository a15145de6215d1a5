import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stringify, type TomlTable } from 'smol-toml'
import type { Step } from '../../agent/switching/operation.ts'
import { addToken } from '../../shared/auth/manage-tokens.ts'
import type { TestNginx } from './nginx.ts'
import { freePort } from './ports.ts'
import { until } from './until.ts'

const MAIN = new URL('../../agent/main.ts', import.meta.url).pathname
/** Node keeps its compiled form of the modules here, as it does by default where a program asks for it: half of each start. */
const COMPILED = join(tmpdir(), 'node-compile-cache')
const DOOMED = new URL('doomed-agent.ts', import.meta.url).pathname

/** On a machine that runs other tests as well, a start may take its time. */
const START_DEADLINE_MS = 40_000

export interface TestAgentOptions {
  readonly nginx: TestNginx
  /** The `[services]` table. */
  readonly services: TomlTable
  /** Further keys of `[nginx]` and `[api]`, and of the top of the file. */
  readonly nginxKeys?: TomlTable
  readonly apiKeys?: TomlTable
  readonly topKeys?: TomlTable
  /** Beside what the test itself has in its environment. */
  readonly env?: NodeJS.ProcessEnv
  /** Default: a directory beside agent.toml. */
  readonly stateDir?: string
}

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

/** A real agent process, `node agent/main.ts run`, with a configuration and state of its own beside a TestNginx. */
export interface TestAgent {
  readonly directory: string
  readonly config: string
  readonly stateDir: string
  readonly tokensFile: string
  /** Base URL of the API. */
  readonly url: string
  readonly socket: string
  /** A bearer token of role admin. */
  readonly token: string
  readonly pid: number
  /** All that the process has written so far. */
  output(): string
  /** Starts the process; answers when the API does. Rejects with its output when it ends instead. */
  start(): Promise<void>
  /** Starts an agent that kills itself with SIGKILL as it enters `step` of an operation. */
  startDoomed(step: Step): Promise<void>
  /** Waits until the process has ended by itself. */
  ended(): Promise<Ended>
  /** Waits until /readyz answers 200: Nginx serves the generated files. */
  ready(): Promise<void>
  /** Sends a signal and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<Ended>
  /** Kills with SIGTERM or `signal`, starts again, and waits until it is ready. */
  restart(signal?: NodeJS.Signals): Promise<void>
  /** Calls the API with the admin token; `body` is sent as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Runs another command of the agent with this configuration; never throws. */
  command(...args: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>
  [Symbol.asyncDispose](): Promise<void>
}

/** Writes configuration and tokens for an agent on free ports; does not start it. */
export async function testAgent({ nginx, services, nginxKeys = {}, apiKeys = {}, topKeys = {}, stateDir, env = {} }: TestAgentOptions): Promise<TestAgent> {
  const directory = join(nginx.root, 'agent')
  await mkdir(directory, { mode: 0o755 })
  const at = (name: string) => join(directory, name)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const settings = {
    ...topKeys,
    state_dir: stateDir ?? at('state'),
    api: { listen: [`127.0.0.1:${port}`, `unix:${at('api.sock')}`], tokens_file: at('tokens.toml'), ...apiKeys },
    nginx: {
      config: nginx.config,
      pid_file: nginx.pidFile,
      error_log: nginx.errorLog,
      include_dir: nginx.includeDir,
      routes_dir: nginx.routesDir,
      verify_listen: `127.0.0.1:${await freePort()}`,
      ...nginxKeys,
    },
    services,
  }
  await writeFile(at('agent.toml'), stringify(settings))
  const token = await addToken(at('tokens.toml'), { name: 'test', role: 'admin' })
  let child: ChildProcess | undefined
  let output = ''
  let launched = 0

  async function answersOn(path: string): Promise<boolean> {
    if (child?.exitCode !== null || child.signalCode !== null) throw new Error(`the agent ended (${child?.exitCode ?? child?.signalCode}):\n${output.slice(launched)}`)
    const answer = await fetch(`${url}${path}`).catch(() => null) // refused until it listens
    await answer?.body?.cancel()
    return answer?.ok === true
  }

  async function launch(argv: string[]): Promise<void> {
    launched = output.length
    child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_COMPILE_CACHE: COMPILED, ...env } })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    await once(child, 'spawn')
    await until('the API answers', async () => answersOn('/healthz'), START_DEADLINE_MS)
  }

  const agent: TestAgent = {
    directory,
    config: at('agent.toml'),
    stateDir: settings.state_dir,
    tokensFile: at('tokens.toml'),
    url,
    socket: at('api.sock'),
    token,
    get pid() {
      if (child?.pid === undefined) throw new Error('the agent was not started')
      return child.pid
    },
    output: () => output,
    start: async () => launch([MAIN, 'run', '--config', at('agent.toml')]),
    startDoomed: async (step) => launch([DOOMED, at('agent.toml'), step]),
    async ended() {
      if (child === undefined) throw new Error('the agent was not started')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
      return { code: child.exitCode, signal: child.signalCode }
    },
    async ready() {
      await until('the agent is ready', async () => answersOn('/readyz'), START_DEADLINE_MS).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${output.slice(launched)}`, { cause: error })
      })
    },
    async kill(signal = 'SIGTERM') {
      if (child === undefined) throw new Error('the agent was not started')
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'close')
        child.kill(signal)
        await ended
      }
      return { code: child.exitCode, signal: child.signalCode }
    },
    async restart(signal) {
      await agent.kill(signal)
      await agent.start()
      await agent.ready()
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
      const argv = [MAIN, ...args, '--config', at('agent.toml')]
      return promisify(execFile)(process.execPath, argv).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        (error: { code?: number; stdout: string; stderr: string }) => ({ code: error.code ?? -1, stdout: error.stdout, stderr: error.stderr }),
      )
    },
    async [Symbol.asyncDispose]() {
      if (child !== undefined) await agent.kill('SIGKILL')
      await rm(directory, { recursive: true, force: true })
    },
  }
  return agent
}
