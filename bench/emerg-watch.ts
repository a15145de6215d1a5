import { open } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'

/** Reads a log from its end on, without pause, until `[emerg]` appears; `seen` is that moment, by performance.now(). */
export async function emergWatch(file: string): Promise<{ readonly seen: Promise<number> } & Disposable> {
  const log = await open(file)
  let position = (await log.stat()).size
  const stop = new AbortController()
  async function follow(): Promise<number> {
    const buffer = Buffer.alloc(65_536)
    let text = ''
    try {
      while (!stop.signal.aborted) {
        const { bytesRead } = await log.read(buffer, 0, buffer.length, position)
        position += bytesRead
        text += buffer.toString('utf8', 0, bytesRead)
        if (text.includes('[emerg]')) return performance.now()
        await turn()
      }
      throw new Error(`nothing was logged as [emerg] in ${file}`)
    } finally {
      await log.close()
    }
  }
  const seen = follow()
  seen.catch(() => {}) // whoever awaits it gets the error
  return {
    seen,
    [Symbol.dispose]() {
      stop.abort()
    },
  }
}
