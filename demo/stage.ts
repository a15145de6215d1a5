import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { INSTANT_VHOST, QUICK_HEALTH, testEdgeHost, type EdgeHost } from '../test/support/edge-host.ts'
import { testEncoder, type TestEncoder } from '../test/support/encoder.ts'
import { traversableDirectory } from '../test/support/temporary.ts'
import { spawnApp } from './app/process.ts'
import { mediaLocation } from './media/vhost.ts'

/** What the scenes play on: a whole edge host of real processes, the encoder beside it, and one Nginx file that belongs to somebody else. */
export interface Stage extends EdgeHost {
  /** An included Nginx file with a rate limit, as a colleague would keep beside Greenroom’s. */
  readonly limitsFile: string
  /** The encoder, on the directory store that the same Nginx serves under /media/. It knows nothing of the agent. */
  readonly encoder: TestEncoder
  [Symbol.asyncDispose](): Promise<void>
}

/** The file’s text; its key decides which requests share a limit. Nginx refuses to change the key of a live zone, silently. */
export function limitsText(key: string): string {
  return `# Rate limits, kept by hand.\nlimit_req_zone ${key} zone=visitors:1m rate=1000r/s;\n`
}

export async function raiseStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const encoder = stack.use(await testEncoder({ root: await traversableDirectory('greenroom-encoder-'), profiles: {} }))
  await encoder.start()
  const edge = stack.use(
    await testEdgeHost({
      startApp: spawnApp,
      app: { health: QUICK_HEALTH },
      vhost: `${INSTANT_VHOST}\n${mediaLocation(encoder.media)}`,
      nginx: { http: 'include limits.con[f];' },
      prepare: async (nginx) => writeFile(join(nginx.root, 'limits.conf'), limitsText('$binary_remote_addr')),
    }),
  )
  // Last in, first out: the agent ends in its own time before what it steers goes away.
  stack.defer(async () => void (await edge.agent.kill('SIGTERM')))
  const owned = stack.move()
  return { ...edge, encoder, limitsFile: join(edge.nginx.root, 'limits.conf'), [Symbol.asyncDispose]: async () => owned.disposeAsync() }
}
