import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { memory } from './memory-directory.ts'
import type { TestMinio } from './minio.ts'
import { freePort } from './ports.ts'
import { until } from './until.ts'

const BINARY = join(homedir(), '.cache/greenroom/bin/gofakes3')

/** Why there is no gofakes3 here, as the reason of a skipped test; false where there is. */
export const noGofakes3: string | false = existsSync(BINARY) ? false : 'there is no gofakes3: demo/bootstrap.sh --tests builds one'

/**
 * Another S3 server than MinIO, which does less: it keeps no Cache-Control, gives back whatever SHA-256 it was told
 * without looking at it, and overwrites in spite of `If-None-Match`.
 */
export async function testGofakes3(): Promise<Pick<TestMinio, 'endpoint' | 'bucket' | 'credentialsFile'> & AsyncDisposable> {
  const directory = await mkdtemp(join(memory(), 'greenroom-gofakes3-'))
  const port = await freePort()
  const bucket = 'media'
  const child = spawn(BINARY, ['-backend', 'memory', '-initialbucket', bucket, '-host', `127.0.0.1:${port}`], { stdio: 'ignore' })
  const endpoint = `http://127.0.0.1:${port}`
  await until('gofakes3 answers', async () => {
    if (child.exitCode !== null) throw new Error(`gofakes3 ended at once: ${child.exitCode}`)
    return fetch(endpoint).then(async (answer) => (await answer.body?.cancel(), true), () => false)
  })
  return {
    endpoint,
    bucket,
    async credentialsFile() {
      const file = join(directory, 'credentials.toml')
      await writeFile(file, 'access_key = "greenroom"\nsecret_key = "greenroom-test"\n', { mode: 0o600 })
      return file
    },
    async [Symbol.asyncDispose]() {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
      await rm(directory, { recursive: true })
    },
  }
}
