import { globSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

// Another place of the library, where it is not installed as a package.
const LIBRARY = process.env['LIBFAKETIME'] ?? globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0]

/** Why no clock can be set here, as the reason of a skipped test; false where one can. */
export const noSettableClock: string | false = LIBRARY === undefined ? 'libfaketime is not installed (apt-get install faketime)' : false

/** The wall clock of one process, which a test sets while it runs; its monotonic clock goes on, as when a real clock is set. */
export interface SettableClock {
  /** For the process whose clock it is. */
  readonly env: NodeJS.ProcessEnv
  /** Seconds ahead of the real clock; negative: behind. */
  set(offset: number): Promise<void>
  /** What it says now, in ms. */
  now(): number
}

export async function settableClock(directory: string): Promise<SettableClock> {
  const file = join(directory, 'clock')
  let ahead = 0
  const clock: SettableClock = {
    env: { LD_PRELOAD: LIBRARY, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_RESET: '1' },
    async set(offset) {
      await writeFile(`${file}.new`, `${offset < 0 ? '' : '+'}${offset}\n`)
      await rename(`${file}.new`, file)
      ahead = offset
    },
    now: () => Date.now() + ahead * 1000,
  }
  await clock.set(0)
  return clock
}
