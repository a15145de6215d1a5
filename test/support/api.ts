import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { createApi } from '../../agent/api/api.ts'
import { agentFormats } from '../../agent/config-formats.ts'
import { AgentConfigSchema, type AgentConfig } from '../../agent/config.ts'
import { createMetrics } from '../../agent/metrics.ts'
import { addToken, type NewToken } from '../../shared/auth/manage-tokens.ts'
import { ReplayGuard } from '../../shared/auth/replay.ts'
import { openTokens } from '../../shared/auth/token-store.ts'
import { parseConfig } from '../../shared/config/load.ts'
import { createLogger } from '../../shared/log.ts'
import { memorySwitching, type MemorySwitching } from './memory-switching.ts'

export interface TestApi {
  readonly app: FastifyInstance
  readonly switching: MemorySwitching
  readonly config: AgentConfig
  readonly directory: string
  readonly tokensFile: string
  /** Everything logged so far. */
  readonly logged: () => string
  /** Adds a token, known at once; its secret. */
  readonly token: (options: NewToken) => Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

export interface TestApiOptions {
  /** Text of the `[api]` table, without tokens_file. */
  readonly api?: (directory: string) => string
  readonly switching?: MemorySwitching
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  readonly heartbeatMs?: number
  /** Text of the tokens file at the start. */
  readonly tokens?: string
}

export async function testApi(options: TestApiOptions = {}): Promise<TestApi> {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-api-'))
  const tokensFile = join(directory, 'tokens.toml')
  if (options.tokens !== undefined) await writeFile(tokensFile, options.tokens, { mode: 0o600 })
  const config = parseConfig(AgentConfigSchema, configText(directory, tokensFile, options.api?.(directory) ?? ''), 'agent.toml', { formats: agentFormats })
  const lines: string[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  const log = createLogger({ level: 'debug', name: 'test', destination })
  const switching = options.switching ?? memorySwitching()
  // Each look of the store is allowed, so that a token just made is known at once.
  let looks = 0
  const tokens = await openTokens(tokensFile, { log, clock: () => (looks += 1000) })
  // As if a call had been signed long ago: without that, calls signed in the second of the start are refused.
  await writeFile(join(directory, 'signed-calls'), '1\n')
  const replays = await ReplayGuard.open(join(directory, 'signed-calls'), options.now)
  const metrics = createMetrics(switching)
  const app = await createApi(switching, config, {
    log, tokens, replays, metrics, version: '0.0.0',
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
  })
  return {
    app, switching, config, directory, tokensFile,
    logged: () => lines.join(''),
    token: (token) => addToken(tokensFile, token, new Date(options.now?.() ?? Date.now())),
    async [Symbol.asyncDispose]() {
      await app.close()
      metrics[Symbol.dispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const configText = (directory: string, tokensFile: string, api: string) => `
state_dir = "${directory}"
[api]
tokens_file = "${tokensFile}"
${api}
[services.app.pools]
blue.servers = ["127.0.0.1:3001"]
green.servers = ["127.0.0.1:3002"]
[services.web-shop]
pin_lifetime = "10m"
pools.blue.servers = ["127.0.0.1:3003"]
pools.green.servers = ["127.0.0.1:3004"]
[services.stream]
strategy = "reload"
context = "stream"
pools.blue.servers = ["127.0.0.1:3005"]
pools.green.servers = ["127.0.0.1:3006"]
`
