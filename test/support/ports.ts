import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { systemCodeOf } from '../../shared/errors/problem.ts'

/** Below the range from which Linux gives ports to connections and to port 0: between asking and listening, none of the thousands of a load takes it. */
const [FIRST, AFTER_LAST] = [15_000, 32_000]

/** A loopback TCP port that was free a moment ago. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, AFTER_LAST)
    const server = createServer()
    const listening = once(server, 'listening')
    server.listen(port, host)
    try {
      await listening
    } catch (error) {
      if (systemCodeOf(error) === 'EADDRINUSE') continue
      throw error
    }
    server.close()
    await once(server, 'close')
    return port
  }
}

/** `count` different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}
