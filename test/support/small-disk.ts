import { execFile } from 'node:child_process'
import { open, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemCodeOf } from '../../shared/errors/problem.ts'

const run = promisify(execFile)

/** A real file system of its own, so small that a test can fill it. */
export interface SmallDisk {
  readonly path: string
  /** Writes until not a byte is left. */
  fill(): Promise<void>
  /** Frees what `fill` took. */
  free(): Promise<void>
  remountReadOnly(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Why there can be no small disk here, as the reason of a skipped test; false where there can. */
export const noSmallDisk: string | false = process.getuid?.() === 0 ? false : 'only root can mount a small disk'

export async function smallDisk(kibibytes = 256): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'greenroom-disk-'))
  await run('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'greenroom-test', path])
  const filler = join(path, 'filler')
  return {
    path,
    async fill() {
      await using file = await open(filler, 'a')
      for (const size of [4096, 512, 1]) {
        const block = Buffer.alloc(size)
        for (;;) {
          try {
            await file.write(block)
          } catch (error) {
            if (systemCodeOf(error) === 'ENOSPC') break
            throw error
          }
        }
      }
    },
    free: () => rm(filler, { force: true }),
    async remountReadOnly() {
      await run('mount', ['-o', 'remount,ro', path])
    },
    async [Symbol.asyncDispose]() {
      await run('umount', [path])
      await rm(path, { recursive: true })
    },
  }
}
