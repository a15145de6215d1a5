import { readFileSync } from 'node:fs'

const LOOKS = 6

/**
 * Calls `stalled` once a process has shown no sign of life for `stallMs`: neither progress nor a byte read. Reading
 * counts because a start far from a key frame decodes for minutes before its first frame comes out.
 *
 * It counts looks and not time: after the whole host has slept, ffmpeg gets its time all the same.
 */
export function watchForStall(pid: number, stallMs: number, progress: () => string, stalled: () => void): Disposable {
  let seen = ''
  let without = 0
  const timer = setInterval(() => {
    const now = `${progress()} ${bytesRead(pid)}`
    without = now === seen ? without + 1 : 0
    seen = now
    if (without < LOOKS) return
    clearInterval(timer)
    stalled()
  }, stallMs / LOOKS)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

function bytesRead(pid: number): string {
  try {
    return /^rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1] ?? ''
  } catch {
    // Gone by now, or hidden by the host: then progress alone decides.
    return ''
  }
}
