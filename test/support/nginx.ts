import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { traversableDirectory } from './temporary.ts'
import { until } from './until.ts'

const NGINX = '/usr/sbin/nginx'

/** A real Nginx with a tree of its own; started by `start`, ended by `stop`, both as often as wanted. */
export interface TestNginx {
  readonly root: string
  readonly config: string
  readonly pidFile: string
  readonly errorLog: string
  readonly includeDir: string
  readonly routesDir: string
  start(): Promise<void>
  /** SIGQUIT or SIGTERM to the master, or SIGKILL to master and workers; waits for the end. */
  stop(signal?: 'SIGTERM' | 'SIGQUIT' | 'SIGKILL'): Promise<void>
  masterPid(): Promise<number>
  errors(): Promise<string>
  /** Writes the main configuration anew; the running Nginx does not notice. */
  write(options: NginxText): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface NginxText {
  /** Text inside `http {}`, after the include of greenroom’s http.conf. */
  http?: string
  /** Text inside `stream {}`, after the include of greenroom’s stream.conf; none: no stream block. */
  stream?: string
  main?: string
  workers?: number
  /** Whether the main file includes the generated http.conf and stream.conf. Default true. */
  included?: boolean
}

/** From 1.19.5 on, what goes wrong before the configuration is read also stands in the log of the test. */
async function errorLogOption(file: string): Promise<string[]> {
  const { stderr } = await promisify(execFile)(NGINX, ['-v'])
  const [major = 0, minor = 0, patch = 0] = /(\d+)\.(\d+)\.(\d+)/.exec(stderr)?.slice(1).map(Number) ?? []
  return major * 1e6 + minor * 1e3 + patch >= 1_019_005 ? ['-e', file] : []
}

/** Makes the tree for a real Nginx under a directory that its workers can traverse; does not start it. */
export async function testNginx(text: NginxText = {}): Promise<TestNginx> {
  const root = await traversableDirectory('greenroom-nginx-')
  const at = (name: string) => join(root, name)
  for (const directory of ['greenroom', 'routes', 'logs', 'tmp']) await mkdir(at(directory), { mode: 0o755 })
  let child: ChildProcess | undefined

  const nginx: TestNginx = {
    root,
    config: at('nginx.conf'),
    pidFile: at('nginx.pid'),
    errorLog: at('logs/error.log'),
    includeDir: at('greenroom'),
    routesDir: at('routes'),
    async write({ http = '', stream, main = '', workers = 2, included = true }) {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${at(`tmp/${name}`)};`).join('\n')
      // The glob keeps the file valid while the generated files do not exist yet.
      const include = (name: string) => (included ? `include ${at('greenroom')}/${name}.con[f];` : '')
      await writeFile(
        at('nginx.conf'),
        `${process.getuid?.() === 0 ? 'user www-data;' : ''}
include /etc/nginx/modules-enabled/*.conf;
worker_processes ${workers};
pid ${at('nginx.pid')};
error_log ${at('logs/error.log')} info;
${main}
events { worker_connections 1024; }
http {
access_log off;
${temporary}
${include('http')}
${http}
}
${stream === undefined ? '' : `stream {\n${include('stream')}\n${stream}\n}\n`}`,
      )
    },
    async start() {
      child = spawn(NGINX, ['-c', at('nginx.conf'), ...(await errorLogOption(at('logs/error.log'))), '-g', 'daemon off;'], { stdio: 'ignore' })
      const ended = once(child, 'exit').then(async () => {
        throw new Error(`nginx ended at once: ${await nginx.errors()}`)
      })
      ended.catch(() => {})
      const pid = child.pid
      await Promise.race([
        ended,
        until('nginx has workers', async () => {
          const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
          return children.trim() !== '' && (await readFile(at('nginx.pid'), 'utf8').catch(() => '')) !== ''
        }),
      ])
    },
    async stop(signal = 'SIGTERM') {
      if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      const { pid } = child
      if (signal === 'SIGKILL') {
        // A master that is stopped starts no further workers, which would outlive it and hold its ports.
        child.kill('SIGSTOP')
        await until('the master is stopped', async () => /\) [TZ] /.test(await readFile(`/proc/${pid}/stat`, 'utf8')))
      }
      const workers = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).trim().split(' ').filter(Boolean)
      const exit = once(child, 'exit')
      child.kill(signal)
      if (signal === 'SIGKILL') for (const worker of workers) process.kill(Number(worker), 'SIGKILL')
      await exit
      child = undefined
    },
    async masterPid() {
      return Number((await readFile(at('nginx.pid'), 'utf8')).trim())
    },
    async errors() {
      return readFile(at('logs/error.log'), 'utf8').catch(() => '')
    },
    async [Symbol.asyncDispose]() {
      await nginx.stop()
      await rm(root, { recursive: true, force: true })
    },
  }
  await nginx.write(text)
  return nginx
}
