import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { AGENT_PROGRAM } from '../../agent/cli/agent-program.ts'
import { adoptCommand } from '../../agent/cli/adopt.ts'
import type { AdoptCommandOptions } from '../../agent/cli/commands/adopt.ts'
import { plain } from '../../shared/cli/terminal.ts'
import { testNginx, type TestNginx } from './nginx.ts'
import { freePorts } from './ports.ts'

/** A host with a real Nginx, an application of two colours and no agent yet. */
export interface AdoptedHost {
  readonly nginx: TestNginx
  readonly vhost: string
  readonly config: string
  readonly ports: { readonly web: number; readonly blue: number; readonly green: number; readonly verify: number }
  /** Runs `adopt` on the vhost, or another file, and answers what it printed. */
  adopt(options?: Partial<AdoptCommandOptions>, file?: string): Promise<string>
  /** The answer through the vhost: status and body. */
  get(path?: string): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

/** `context`: the block of Nginx’s configuration that includes the vhost. */
export async function adoptedHost(vhostText: (ports: AdoptedHost['ports']) => string, context: 'http' | 'stream' = 'http'): Promise<AdoptedHost> {
  const [web, verify] = (await freePorts(2)) as [number, number]
  const [blue, green] = [await app('blue'), await app('green')]
  const ports = { web, verify, blue: portOf(blue), green: portOf(green) }
  const nginx = await testNginx()
  const vhost = join(nginx.root, 'app.conf')
  const config = join(nginx.root, 'agent.toml')
  await nginx.write({ [context]: `include ${vhost};\ninclude ${nginx.root}/more-*.conf;`, included: false })
  await writeFile(vhost, vhostText(ports))
  await writeFile(
    config,
    `state_dir = "${nginx.root}/state"
[nginx]
config = "${nginx.config}"
pid_file = "${nginx.pidFile}"
error_log = "${nginx.errorLog}"
include_dir = "${nginx.includeDir}"
routes_dir = "${nginx.routesDir}"
verify_listen = "127.0.0.1:${verify}"
apply_timeout = "5s"
`,
  )
  return {
    nginx,
    vhost,
    config,
    ports,
    async adopt(options = {}, file = vhost) {
      let printed = ''
      const output = { write: (text: string) => void (printed += text), isTTY: false, columns: 80, style: plain }
      const terminal = { out: output, err: output, env: {}, onInterrupt: () => () => {} }
      await adoptCommand({ program: AGENT_PROGRAM, terminal, now: () => new Date() }, file, { config, ...options })
      return printed
    },
    async get(path = '/') {
      const call = request({ host: '127.0.0.1', port: web, path, agent: false }).end()
      const [response] = await once(call, 'response')
      let body = ''
      for await (const chunk of response.setEncoding('utf8')) body += chunk
      return `${response.statusCode} ${body}`
    },
    async [Symbol.asyncDispose]() {
      await nginx[Symbol.asyncDispose]()
      for (const server of [blue, green]) server.close()
    },
  }
}

async function app(name: string): Promise<Server> {
  const server = createServer((_, outgoing) => outgoing.end(name)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return address.port
}
