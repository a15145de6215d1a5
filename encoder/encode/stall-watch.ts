import { readFileSync } from 'node:fs'
import { processorTurns } from './processor-turns.ts'

const LOOKS = 6

/**
 * Calls `stalled` once a process has shown no sign of life for `stallMs`: neither progress nor a byte read. Reading
 * counts because a start far from a key frame decodes for minutes before its first frame comes out.
 *
 * Only time in which it could have done something counts. After the whole host has slept, ffmpeg gets its time all the
 * same. Where others keep it from the processors, which may be for hours beside whatever goes before it, what it had of
 * them counts instead.
 */
export function watchForStall(pid: number, stallMs: number, progress: () => string, stalled: () => void): Disposable {
  const every = stallMs / LOOKS
  let seen = ''
  let turns = processorTurns(pid)
  let chances = 0
  const timer = setInterval(() => {
    const now = `${progress()} ${bytesRead(pid)}`
    const after = processorTurns(pid)
    // Threads that have ended take theirs with them.
    const [ran, waited] = [Math.max(0, after.ran - turns.ran), after.waited - turns.waited]
    chances = now === seen ? chances + (after.ready || waited > ran ? Math.min(ran, every) : every) : 0
    seen = now
    turns = after
    // Half a look less: sums of fractions are never exact.
    if (chances < stallMs - every / 2) return
    clearInterval(timer)
    stalled()
  }, every)
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
