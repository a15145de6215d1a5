import { dirname } from 'node:path'
import { syncDirectory } from '../../../shared/files/atomic.ts'
import { messageOf, Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import { readDisk, type DiskConfig } from '../loaded/disk.ts'
import type { RunNginx } from '../process/run-nginx.ts'
import { storageProblem } from './storage-problem.ts'
import { liveText, openSwap, retagSwap, stagedTags, stageSwap, type FileTexts, type Swap } from './swap.ts'

/** Swaps of this name are tests under way: whoever finds one left behind puts the files back. */
const TEST = 'test-'
/** Swaps of this name are tested, and wait for their change; whoever finds one left behind forgets it. */
const TESTED = 'tested-'

/**
 * Has Nginx read the configuration with the candidate files in place, and puts back what was there. In place, because
 * includes and relative paths in files of others must mean exactly what they mean when it counts. A process killed
 * meanwhile leaves a staged swap behind, which `undoInterruptedTest` reverts.
 * What was staged stays so, for `takeTested`. Throws Problem `storage_failed`; the live files are then as before.
 */
export async function testCandidate(run: RunNginx, includeDir: string, nonce: string, before: FileTexts, after: FileTexts): Promise<DiskConfig> {
  const swap = await stageSwap(includeDir, `${TEST}${nonce}`, [...before.keys()], after).catch((error: unknown) => {
    throw storageProblem(includeDir, 'nothing was changed', error)
  })
  let result: DiskConfig
  try {
    await swap.forward({ passing: true })
    result = await readDisk(run, includeDir)
  } catch (error) {
    await swap.back()
    await swap.discard()
    throw error instanceof Problem ? error : storageProblem(includeDir, 'the files are as before', error)
  }
  await swap.back().catch((error: unknown) => {
    throw new Problem(errors.restoreFailed, `${includeDir} could not be put back after a test of new files (${messageOf(error)}). The running Nginx is unchanged; do not reload it before ${swap.directory}/before is copied back.`, {}, error)
  })
  await retagSwap(includeDir, `${TEST}${nonce}`, `${TESTED}${nonce}`)
  return result
}

/** What a test staged, now as `tag`: the change itself then has nothing more to write. Null when that is gone. */
export async function takeTested(includeDir: string, tag: string): Promise<Swap | null> {
  const swap = await retagSwap(includeDir, `${TESTED}${tag}`, tag)
  if (swap !== null) await syncDirectory(dirname(swap.directory))
  return swap
}

export async function forgetTested(includeDir: string, tag: string): Promise<void> {
  await (await openSwap(includeDir, `${TESTED}${tag}`))?.discard()
}

/** Reverts a test of candidate files whose process was killed. Files that somebody changed since are left alone. */
export async function undoInterruptedTest(includeDir: string): Promise<boolean> {
  const tags = (await stagedTags(includeDir)).filter((tag) => tag.startsWith(TEST))
  for (const tag of tags) {
    const swap = await openSwap(includeDir, tag)
    if (swap === null || tag.endsWith('.tmp')) continue
    const names = [...new Set([...swap.before.keys(), ...swap.after.keys()])]
    const live = await Promise.all(names.map(async (name) => [name, await liveText(includeDir, name)] as const))
    const untouched = live.every(([name, text]) => text === (swap.before.get(name) ?? null) || text === (swap.after.get(name) ?? null))
    if (untouched) await swap.back()
    await swap.discard()
  }
  return tags.length > 0
}
