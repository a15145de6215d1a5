import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { Agent, get as secureGet } from 'node:https'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'minio'
import { memory } from './memory-directory.ts'
import { freePorts } from './ports.ts'
import { until } from './until.ts'

const BINARY = [process.env['GREENROOM_MINIO'], join(homedir(), '.cache/greenroom/bin/minio')].find((path) => path !== undefined && existsSync(path)) ?? onPath()

/** Why there is no MinIO here, as the reason of a skipped test; false where there is. */
export const noMinio: string | false = BINARY === undefined ? 'there is no MinIO server: demo/bootstrap.sh builds one, or name it in GREENROOM_MINIO' : false

/** A real MinIO server with data of its own; killed and started again as often as wanted, on the same ports. */
export interface TestMinio {
  readonly port: number
  readonly endpoint: string
  readonly bucket: string
  readonly root: Credentials
  /** Temporary directory of the server, for files that belong to it. */
  readonly directory: string
  /** A client with the root credentials, for what the test itself does. */
  client(): Client
  /** A credentials file as the encoder reads it. */
  credentialsFile(credentials?: Credentials): Promise<string>
  makeBucket(): Promise<void>
  /** With everything in it. */
  removeBucket(): Promise<void>
  start(env?: Readonly<Record<string, string>>): Promise<void>
  kill(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface Credentials {
  readonly access_key: string
  readonly secret_key: string
}

export interface MinioOptions {
  /** Certificate and key, paths: it speaks https. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

export async function testMinio({ tls }: MinioOptions = {}): Promise<TestMinio> {
  if (BINARY === undefined) throw new Error(String(noMinio))
  const binary = BINARY
  // In memory where there is such a place: it is not the disk that is tested.
  const directory = await mkdtemp(join(memory(), 'greenroom-minio-'))
  const data = join(directory, 'data')
  const certificates = join(directory, 'certificates')
  await mkdir(data)
  await mkdir(certificates)
  if (tls !== undefined) {
    await copyFile(tls.cert, join(certificates, 'public.crt'))
    await copyFile(tls.key, join(certificates, 'private.key'))
  }
  // Whether the certificate is trusted is for the encoder to find out.
  const agent = tls === undefined ? undefined : new Agent({ rejectUnauthorized: false })
  const [port = 0, consolePort = 0] = await freePorts(2)
  let root: Credentials = { access_key: 'greenroom-test', secret_key: randomBytes(12).toString('hex') }
  let child: ChildProcess | undefined
  let output = ''
  let files = 0

  const minio: TestMinio = {
    port,
    endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    bucket: 'media',
    get root() {
      return root
    },
    directory,
    client: () => new Client({ endPoint: '127.0.0.1', port, useSSL: tls !== undefined, accessKey: root.access_key, secretKey: root.secret_key, region: 'us-east-1', ...(agent === undefined ? {} : { transportAgent: agent }) }),
    async credentialsFile({ access_key, secret_key } = root) {
      const file = join(directory, `credentials-${(files += 1)}.toml`)
      await writeFile(file, `access_key = "${access_key}"\nsecret_key = "${secret_key}"\n`, { mode: 0o600 })
      return file
    },
    async makeBucket() {
      await minio.client().makeBucket(minio.bucket)
    },
    async removeBucket() {
      const client = minio.client()
      const names: string[] = []
      for await (const item of client.listObjectsV2(minio.bucket, '', true)) names.push((item as { name: string }).name)
      await client.removeObjects(minio.bucket, names)
      await client.removeBucket(minio.bucket)
    },
    async start(env = {}) {
      if (env['MINIO_ROOT_PASSWORD'] !== undefined) root = { access_key: env['MINIO_ROOT_USER'] ?? root.access_key, secret_key: env['MINIO_ROOT_PASSWORD'] }
      child = spawn(binary, ['server', '--quiet', '--certs-dir', certificates, '--address', `127.0.0.1:${port}`, '--console-address', `127.0.0.1:${consolePort}`, data], {
        env: { PATH: process.env['PATH'], HOME: directory, MINIO_ROOT_USER: root.access_key, MINIO_ROOT_PASSWORD: root.secret_key, MINIO_BROWSER: 'off', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4000)))
      const { exitCode } = child
      await until('MinIO answers', async () => {
        if (child?.exitCode !== exitCode) throw new Error(`MinIO ended at once: ${output}`)
        return isReady(`${minio.endpoint}/minio/health/ready`, agent)
      })
    },
    async kill(signal = 'SIGKILL') {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill(signal)
      await exit
      child = undefined
    },
    async [Symbol.asyncDispose]() {
      await minio.kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
  await minio.start()
  await minio.makeBucket()
  return minio
}

function isReady(url: string, agent: Agent | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const call = agent === undefined ? get(url) : secureGet(url, { agent })
    call.on('error', () => resolve(false))
    call.on('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
  })
}

function onPath(): string | undefined {
  return spawnSync('minio', ['--version'], { stdio: 'ignore' }).status === 0 ? 'minio' : undefined
}
