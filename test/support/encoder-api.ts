import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { createEncoderApi } from '../../encoder/api/api.ts'
import type { EncoderConfig } from '../../encoder/config.ts'
import { parseEncoderConfig } from '../../encoder/load-config.ts'
import { createEncoderMetrics } from '../../encoder/metrics.ts'
import { addToken, type NewToken } from '../../shared/auth/manage-tokens.ts'
import { ReplayGuard } from '../../shared/auth/replay.ts'
import { openTokens } from '../../shared/auth/token-store.ts'
import { createLogger } from '../../shared/log.ts'
import { memoryEncoder, type MemoryEncoder } from './memory-encoder.ts'

export interface TestEncoderApi {
  readonly app: FastifyInstance
  readonly encoder: MemoryEncoder
  readonly config: EncoderConfig
  readonly configFile: string
  readonly directory: string
  /** Everything logged so far. */
  readonly logged: () => string
  /** Adds a token, known at once; its secret. */
  readonly token: (options: NewToken) => Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

export interface TestEncoderOptions {
  /** Further tables of encoder.toml, with the test's directory. */
  readonly toml?: (directory: string) => string
  /** Lines of `[api]` without tokens_file. */
  readonly api?: (directory: string) => string
}

/** The encoder's API over jobs in memory; `<directory>/media` is its store, `<directory>/ingest` its ingest folder. */
export async function testEncoderApi({ toml = () => '', api = () => '' }: TestEncoderOptions = {}): Promise<TestEncoderApi> {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-encoder-api-'))
  const tokensFile = join(directory, 'tokens.toml')
  const configFile = join(directory, 'encoder.toml')
  const extra = toml(directory)
  const table = (name: string, line: string) => (extra.includes(`[${name}]`) ? '' : `[${name}]\n${line}\n`)
  const text = `[api]\ntokens_file = "${tokensFile}"\n${api(directory)}\n${table('ingest', `directory = "${directory}/ingest"`)}${table('work', `directory = "${directory}/work"`)}${table('store', `directory = "${directory}/media"`)}${extra}\n`
  await writeFile(configFile, text)
  const config = parseEncoderConfig(text)
  const lines: string[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  const log = createLogger({ level: 'debug', name: 'test', destination })
  const encoder = memoryEncoder()
  // Each look of the store is allowed, so that a token just made is known at once.
  let looks = 0
  const tokens = await openTokens(tokensFile, { log, clock: () => (looks += 1000) })
  const replays = await ReplayGuard.open(join(directory, 'signed-calls'))
  const metrics = createEncoderMetrics(encoder)
  const app = await createEncoderApi(encoder, config, { log, tokens, replays, metrics, version: '0.0.0' })
  return {
    app, encoder, config, configFile, directory,
    logged: () => lines.join(''),
    token: (token) => addToken(tokensFile, token),
    async [Symbol.asyncDispose]() {
      await app.close()
      metrics[Symbol.dispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
