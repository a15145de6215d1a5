import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { App, AppOptions } from './server.ts'

const MAIN = new URL('main.ts', import.meta.url).pathname

/** The sample app as a process of its own, as a deploy would start it; answers when it serves. */
export async function spawnApp({ colour, version, port = 0 }: AppOptions): Promise<App> {
  const child = spawn(process.execPath, [MAIN, colour, version, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [served] = await Promise.race([
    once(child.stdout, 'data') as Promise<Buffer[]>,
    ended.then(([code]) => {
      throw new Error(`the ${colour} app ended with ${String(code)} before it served`)
    }),
  ])
  const server = `127.0.0.1:${Number(String(served))}`

  async function stop(): Promise<void> {
    child.kill()
    await ended
  }
  return {
    colour,
    port: Number(String(served)),
    server,
    async setHealthy(healthy) {
      await fetch(`http://${server}/healthz?healthy=${healthy ? 'yes' : 'no'}`, { method: 'PUT' })
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
