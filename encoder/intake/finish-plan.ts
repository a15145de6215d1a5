import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '../../shared/files/atomic.ts'
import type { ClaimedSource } from './contract.ts'
import { isGone, lstatIfThere } from './disk.ts'
import { numberedCompanion, numberedName, withEnding } from './numbered-name.ts'
import { joinBytes, NAME_MAX, type PathBytes } from './path-bytes.ts'

/** Where the files of a job go. Kept beside them from before the first moves, so that a crash in the middle does not give them two numbers. */
export interface FinishPlan {
  /** `done` or `failed`, as configured then. */
  readonly root: string
  /** The folder, base64 of the bytes. */
  readonly folder: string
  /** Names in it, base64, in the order of `ClaimedSource.files`. */
  readonly names: readonly string[]
  /** Name of the `.why.txt`, base64; null for a source that succeeded. */
  readonly why: string | null
}

/**
 * The names that all files of a source can have together in a folder: their own, or with the lowest number at which
 * nothing is in the way. A `.why.txt` whose source has been taken away is not in the way.
 */
export async function chooseNames(folder: PathBytes, own: readonly PathBytes[], failed: boolean): Promise<Pick<FinishPlan, 'names' | 'why'>> {
  const [main = Buffer.alloc(0)] = own
  for (let number = 1; ; number += 1) {
    const names = own.map((name, index) => (index === 0 ? numberedName(name, number) : numberedCompanion(name, main, number)))
    const [first = main] = names
    const why = withEnding(first, WHY)
    // Of two long names the notes may be called alike.
    const wanted = failed && first.length + WHY.length > NAME_MAX ? [...names, why] : names
    const taken = await Promise.all(wanted.map(async (name) => (await lstatIfThere(joinBytes(folder, name))) !== undefined))
    if (!taken.includes(true)) return { names: names.map((name) => name.toString('base64')), why: failed ? why.toString('base64') : null }
  }
}

const WHY = '.why.txt'

export function planFile(source: Pick<ClaimedSource, 'directory'>): string {
  return join(dirname(source.directory), 'finish.json')
}

export async function readPlan(source: Pick<ClaimedSource, 'directory'>): Promise<FinishPlan | undefined> {
  try {
    return JSON.parse(await readFile(planFile(source), 'utf8')) as FinishPlan
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

export async function writePlan(source: Pick<ClaimedSource, 'directory'>, plan: FinishPlan): Promise<void> {
  await replaceFile(planFile(source), `${JSON.stringify(plan)}\n`)
}
