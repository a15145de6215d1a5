import { createServer, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** Stands where a service's probe asks, so that a test can act between the intent of an operation and its outcome. */
export interface ProbePoint {
  /** For `probe.url`. */
  readonly url: string
  /** Done once, while the next proof waits for its answer. */
  once(act: () => Promise<void>): void
  [Symbol.asyncDispose](): Promise<void>
}

/** Passes each probe on to `target`, the real listener, and answers what that answers. */
export async function probePoint(target: () => string): Promise<ProbePoint> {
  let next: (() => Promise<void>) | null = null
  async function pass(response: ServerResponse): Promise<void> {
    const act = next
    next = null
    await act?.()
    const answer = await fetch(target())
    response.writeHead(answer.status).end(await answer.text())
  }
  const server = createServer((_request, response) => {
    pass(response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    once(act) {
      next = act
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
