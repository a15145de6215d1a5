import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readDisk } from '../loaded/disk.ts'
import { renderFiles } from '../render/render.ts'
import type { HostPlan } from '../traffic.ts'
import { takeTested, testCandidate, undoInterruptedTest } from './candidate.ts'
import type { ReloadDeps } from './deps.ts'
import { nonceOf } from './nonce-of.ts'
import { keepOriginals, readOwnFiles, refuseEdited } from './own-files.ts'
import { candidateInvalid } from './refusals.ts'
import { storageProblem } from './storage-problem.ts'
import { discardStale, stageSwap } from './swap.ts'

/**
 * Writes the generated files for an Nginx that is not running or does not include them. They must not keep it from
 * starting: where its configuration is valid without them and is not with them, they stay unwritten.
 * Throws Problem `generated_file_edited`, `candidate_invalid`, `storage_failed`.
 */
export async function writeFilesForLater(deps: ReloadDeps, plan: HostPlan): Promise<void> {
  const { config, run } = deps
  const includeDir = config.nginx.include_dir
  await undoInterruptedTest(includeDir)
  const nonce = randomBytes(12).toString('hex')
  const after = renderFiles(config, plan, nonce)
  const { texts: before, edited } = await readOwnFiles(config, after.keys())
  if (edited.length > 0) throw refuseEdited(edited)
  const wanted = renderFiles(config, plan, nonceOf(before) ?? nonce)
  if (wanted.size === before.size && [...wanted].every(([name, text]) => before.get(name) === text)) return
  await discardStale(includeDir, deps.staged)
  const tested = await testCandidate(run, includeDir, nonce, before, after)
  if (!tested.valid && (await readDisk(run, includeDir)).valid) {
    throw candidateInvalid(tested.complaint, new Map([...after].map(([name, text]) => [join(includeDir, name), text])))
  }
  try {
    const swap = (await takeTested(includeDir, nonce)) ?? (await stageSwap(includeDir, nonce, [...before.keys()], after))
    await swap.forward()
    await swap.discard()
    await keepOriginals(config, after)
  } catch (error) {
    throw storageProblem(includeDir, 'the generated files are not all written', error)
  }
}
