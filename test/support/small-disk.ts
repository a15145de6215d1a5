import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
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
  remountWritable(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Why there can be no small disk here, as the reason of a skipped test; false where there can. */
export const noSmallDisk: string | false = process.getuid?.() === 0 ? false : 'only root can mount a small disk'

/** `inodes`: how many files, links and directories it can hold, which fills a disk as well as bytes do. */
export async function smallDisk(kibibytes = 256, { inodes }: { inodes?: number } = {}): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'greenroom-disk-'))
  await run('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k${inodes === undefined ? '' : `,nr_inodes=${inodes}`}`, 'greenroom-test', path])
  const filler = join(path, 'filler')
  return {
    path,
    async fill() {
      await mkdir(filler, { recursive: true })
      if (inodes !== undefined) return untilFull(async () => mkdtemp(join(filler, 'name-')))
      await using file = await open(join(filler, 'bytes'), 'a')
      for (const size of [4096, 512, 1]) {
        const block = Buffer.alloc(size)
        await untilFull(async () => file.write(block))
      }
    },
    free: () => rm(filler, { recursive: true, force: true }),
    async remountReadOnly() {
      await run('mount', ['-o', 'remount,ro', path])
    },
    async remountWritable() {
      await run('mount', ['-o', 'remount,rw', path])
    },
    async [Symbol.asyncDispose]() {
      await run('umount', [path])
      await rm(path, { recursive: true })
    },
  }
}

async function untilFull(write: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await write()
    } catch (error) {
      if (systemCodeOf(error) === 'ENOSPC') return
      throw error
    }
  }
}
