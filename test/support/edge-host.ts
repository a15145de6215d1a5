import type { TomlTable } from 'smol-toml'
import type { Colour } from '../../agent/switching/route.ts'
import { startApp, type App, type AppOptions } from '../../demo/app/server.ts'
import { testAgent, type TestAgent, type TestAgentOptions } from './agent.ts'
import { testNginx, type NginxText, type TestNginx } from './nginx.ts'
import { freePort } from './ports.ts'

export interface EdgeHostOptions {
  /** Further keys of `[services.app]`. */
  readonly app?: TomlTable
  /** Services beside `app`. */
  readonly services?: TomlTable
  readonly agent?: Omit<TestAgentOptions, 'nginx' | 'services'>
  /** Further text of Nginx, beside the vhost that serves `app`. */
  readonly nginx?: NginxText
  /** Lines of that vhost. Default: all goes to `$greenroom_app`, the way the README shows it. */
  readonly vhost?: string
  readonly startApp?: (options: AppOptions) => Promise<App>
  /** Called before anything but the apps runs, to put further files beside Nginx’s. */
  readonly prepare?: (nginx: TestNginx) => Promise<void>
}

/** A whole edge host: two colours of the sample app, the Nginx before them, and the agent that switches it. */
export interface EdgeHost {
  readonly nginx: TestNginx
  readonly agent: TestAgent
  readonly apps: Readonly<Record<Colour, App>>
  /** Where Nginx serves the app. */
  readonly url: string
  [Symbol.asyncDispose](): Promise<void>
}

export const INSTANT_VHOST = `location / {
proxy_pass http://$greenroom_app;
proxy_http_version 1.1;
proxy_set_header Connection "";
}`

/** The health gate at the speed of tests. */
export const QUICK_HEALTH = { path: '/healthz', successes: 2, interval: '20ms', timeout: '1s' }

/** Starts all of it, on free ports; answers when the agent is ready. Whatever was started is stopped in reverse. */
export async function testEdgeHost(options: EdgeHostOptions = {}): Promise<EdgeHost> {
  await using stack = new AsyncDisposableStack()
  const start = options.startApp ?? startApp
  const blue = stack.use(await start({ colour: 'blue', version: 'v1' }))
  const green = stack.use(await start({ colour: 'green', version: 'v2' }))
  const port = await freePort()
  const reload = options.app?.strategy === 'reload'
  const vhost = options.vhost ?? (reload ? INSTANT_VHOST.replace('$greenroom_app', 'app') : INSTANT_VHOST)
  const nginx = stack.use(
    await testNginx({
      ...options.nginx,
      http: `server {\nlisten 127.0.0.1:${port};\n${reload ? '' : 'include greenroom/server/app.con[f];\n'}${vhost}\n}\n${options.nginx?.http ?? ''}`,
    }),
  )
  await options.prepare?.(nginx)
  const services = {
    ...options.services,
    app: { pools: { blue: { servers: [blue.server] }, green: { servers: [green.server] } }, health: QUICK_HEALTH, ...options.app },
  }
  const agent = stack.use(await testAgent({ ...options.agent, nginx, services }))
  // The generated files come first: Nginx would not start on a vhost that uses variables nothing defines.
  await agent.start()
  await nginx.start()
  await agent.ready()

  const owned = stack.move()
  return {
    nginx,
    agent,
    apps: { blue, green },
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}
