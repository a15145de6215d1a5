import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify, type TomlTable } from 'smol-toml'
import type { Step } from '../../agent/switching/operation.ts'
import { addToken } from '../../shared/auth/manage-tokens.ts'
import { daemon, type Daemon } from './daemon.ts'
import type { TestNginx } from './nginx.ts'
import { freePort } from './ports.ts'

export type { Answer, Ended } from './daemon.ts'

const MAIN = new URL('../../agent/main.ts', import.meta.url).pathname
const DOOMED = new URL('doomed-agent.ts', import.meta.url).pathname

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

/** A real agent process, `node agent/main.ts run`, with a configuration and state of its own beside a TestNginx. It is ready when Nginx serves the generated files. */
export interface TestAgent extends Daemon {
  readonly directory: string
  readonly stateDir: string
  readonly tokensFile: string
  readonly socket: string
  /** Starts an agent that kills itself with SIGKILL as it enters `step` of an operation. */
  startDoomed(step: Step): Promise<void>
}

/** Writes configuration and tokens for an agent on free ports; does not start it. */
export async function testAgent({ nginx, services, nginxKeys = {}, apiKeys = {}, topKeys = {}, stateDir, env = {} }: TestAgentOptions): Promise<TestAgent> {
  const directory = join(nginx.root, 'agent')
  await mkdir(directory, { mode: 0o755 })
  const at = (name: string) => join(directory, name)
  const port = await freePort()
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
  const running = daemon({ name: 'agent', main: MAIN, config: at('agent.toml'), url: `http://127.0.0.1:${port}`, token, env })

  return {
    ...running,
    get pid() {
      return running.pid
    },
    directory,
    stateDir: settings.state_dir,
    tokensFile: at('tokens.toml'),
    socket: at('api.sock'),
    startDoomed: async (step) => running.launch([DOOMED, at('agent.toml'), step]),
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
