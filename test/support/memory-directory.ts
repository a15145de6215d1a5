import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test as T } from 'tap'

/**
 * A directory that lies in memory where the system has such a place, and goes with the test. For tests that write a lot
 * and end processes, not machines: what `fsync` guards against cannot happen to them, and there it costs nothing.
 */
export async function memoryDirectory(t: T): Promise<string> {
  const directory = await mkdtemp(join(memory(), 'greenroom-test-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Where directories lie in memory; the place of temporary files where there is none. */
export function memory(): string {
  try {
    accessSync('/dev/shm', constants.W_OK | constants.X_OK)
    return '/dev/shm'
  } catch {
    return tmpdir()
  }
}
