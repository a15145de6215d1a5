import { messageOf, Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import { findMaster, sameProcess } from '../process/master.ts'
import type { Proof } from '../traffic.ts'
import { beginReload, type ReloadAttempt } from './attempt.ts'
import type { ReloadDeps } from './deps.ts'
import { nonceOf } from './nonce-of.ts'
import type { Swap } from './swap.ts'

export interface ToRestore {
  /** Null when the change failed before anything was written. */
  readonly swap: Swap | null
  readonly attempt: ReloadAttempt | null
  /** The texts of others’ files that Nginx loads together with ours. */
  readonly foreign: ReadonlyMap<string, string>
}

/**
 * Puts the earlier files back and proves that what was served before is served. Nginx is reloaded for that only if it
 * took over, or may yet take over, anything of the change. Throws Problem `restore_failed`.
 */
export async function restoreFiles(deps: ReloadDeps, { swap, attempt, foreign }: ToRestore): Promise<Proof> {
  const { nginx } = deps.config
  if (swap === null) return { evidence: 'nothing was written, and Nginx was not told to reload' }
  try {
    await swap.back()
  } catch (error) {
    throw new Problem(errors.restoreFailed, `The files before could not be put back (${messageOf(error)}): copy ${swap.directory}/before to ${nginx.include_dir} and reload Nginx.`, {}, error)
  }
  const master = await findMaster(nginx.pid_file)
  if (master === null) {
    throw new Problem(errors.restoreFailed, 'The files before are back on disk, but Nginx is not running. Start it; it will serve them.', { pid_file: nginx.pid_file })
  }
  if (attempt === null) return { evidence: 'the files before are back, and Nginx was not told to reload' }
  if (attempt.requested) await attempt.untilGivenUp()
  if (sameProcess(master, attempt.master) && (await attempt.isUntouched())) {
    return { evidence: 'the files before are back, and every worker from before the change still serves them' }
  }
  const again = await beginReload(deps, master, foreign)
  try {
    await again.request()
    const proof = await again.untilServed(nonceOf(swap.before), AbortSignal.timeout(nginx.apply_timeout))
    await deps.loaded.record(master, foreign)
    deps.onReload('restored')
    return { evidence: `the files before are back and were loaded again: ${proof.evidence}` }
  } catch (error) {
    throw new Problem(errors.restoreFailed, `The files before are back on disk, but are not proven to be loaded: ${messageOf(error)}`, {}, error)
  } finally {
    await again.close()
  }
}
