import { readFile, realpath, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf, Problem, systemCodeOf } from '../../shared/errors/problem.ts'
import { replaceFile, syncDirectory } from '../../shared/files/atomic.ts'
import { errors } from '../errors.ts'
import { readDisk } from '../nginx/loaded/disk.ts'
import { findMaster, type Master } from '../nginx/process/master.ts'
import { beginReload } from '../nginx/reload/attempt.ts'
import type { ReloadDeps } from '../nginx/reload/deps.ts'
import { nonceOf } from '../nginx/reload/nonce-of.ts'
import { readOwnFiles } from '../nginx/reload/own-files.ts'
import { candidateInvalid, foreignEditRefused } from '../nginx/reload/refusals.ts'
import { askNonce } from '../nginx/verify-client.ts'
import { askSample, worseThan } from './ask-sample.ts'
import type { FileSwap } from './record.ts'
import type { Sample } from './samples.ts'

export interface NginxChange {
  readonly swaps: readonly FileSwap[]
  readonly samples: readonly Sample[]
  /** Whether the generated http.conf is included once the files are changed: its server then proves the reload. */
  readonly included: boolean
  /** Asked once the change is proven to be loaded: a sentence where it must not stay. */
  readonly verify: () => Promise<string | null>
  /** The command that puts the files back, where that fails here. */
  readonly undo: string
}

/** Throws a Problem where a reload must not happen now: the configuration is invalid, or holds somebody's unfinished edit. */
export async function refuseUnlessReloadable(deps: ReloadDeps): Promise<void> {
  const { nginx } = deps.config
  const disk = await readDisk(deps.run, nginx.include_dir)
  if (!disk.valid) throw new Problem(errors.candidateInvalid, `Nginx rejects the configuration as it is now: ${disk.complaint}. Mend that first; nothing was changed.`, { nginx_error: disk.complaint })
  const master = await findMaster(nginx.pid_file)
  if (master === null) return
  const edits = await deps.loaded.edits(master, disk.foreign)
  if (edits.length > 0) throw foreignEditRefused(edits, null, false)
}

/**
 * Changes files of the Nginx configuration, has Nginx test them, reloads and proves; or puts everything back and proves
 * that. Answers with the evidence. Throws Problem `candidate_invalid`, `not_applied`, or `restore_failed`.
 */
export async function changeNginx(deps: ReloadDeps, change: NginxChange): Promise<string> {
  const { nginx } = deps.config
  const { swaps, samples, verify } = change
  await refuseChanged(swaps)
  const master = await findMaster(nginx.pid_file)
  const before = master === null ? [] : await Promise.all(samples.map((sample) => askSample(sample)))
  const servedBefore = await askNonce(nginx.verify_listen)
  try {
    for (const { path, after } of swaps) await put(path, after, nginx.include_dir)
  } catch (error) {
    await putBack(change, nginx.include_dir)
    throw new Problem(errors.storageFailed, `${messageOf(error)}. Every file is as before; run this as root, and see that the disk has space.`, {}, error)
  }
  const disk = await readDisk(deps.run, nginx.include_dir)
  if (!disk.valid) {
    await putBack(change, nginx.include_dir)
    throw candidateInvalid(disk.complaint, new Map(swaps.map(({ path, after }) => [path, after ?? ''])))
  }
  if (master === null) return 'Nginx is not running; it accepts the files and will serve them when it is started'

  const { texts } = await readOwnFiles(deps.config, [])
  const attempt = await beginReload(deps, master, disk.foreign)
  try {
    await attempt.request()
    const proof = await attempt.untilServed(change.included ? nonceOf(texts) : null, AbortSignal.timeout(nginx.apply_timeout * 2))
    const fault = (await answersWorse(samples, before)) ?? (await verify())
    if (fault !== null) throw new Problem(errors.notApplied, fault)
    await deps.loaded.record(master, disk.foreign)
    return `${proof.evidence}${samples.length === 0 ? '' : `; ${samples.length === 1 ? 'a request' : `${samples.length} requests`} through the vhost answered as before`}`
  } catch (error) {
    await attempt.untilGivenUp()
    await putBack(change, nginx.include_dir)
    const restored = (await attempt.isUntouched()) ? 'the workers from before still serve them' : await reloadBack(deps, master, servedBefore)
    throw new Problem(errors.notApplied, `${messageOf(error)} The files are as before, and ${restored}.`, error instanceof Problem ? { ...error.facts } : {}, error)
  } finally {
    await attempt.close()
  }
}

async function reloadBack(deps: ReloadDeps, master: Master, nonce: string | null): Promise<string> {
  const disk = await readDisk(deps.run, deps.config.nginx.include_dir)
  const foreign = disk.valid ? disk.foreign : new Map<string, string>()
  const again = await beginReload(deps, master, foreign)
  try {
    await again.request()
    await again.untilServed(nonce, AbortSignal.timeout(deps.config.nginx.apply_timeout * 2))
    await deps.loaded.record(master, foreign)
    return 'Nginx has loaded them again'
  } catch (error) {
    throw new Problem(errors.restoreFailed, `The files are as before, but Nginx is not proven to have loaded them: ${messageOf(error)} Look at "nginx -t" and reload Nginx.`, {}, error)
  } finally {
    await again.close()
  }
}

/** An application may fail one request by itself; three in a row are the change. */
async function answersWorse(samples: readonly Sample[], before: readonly (number | null)[]): Promise<string | null> {
  for (const [index, sample] of samples.entries()) {
    let fault: string | null = null
    for (let attempt = 0; attempt < 3; attempt += 1) {
      fault = worseThan(sample, before[index] ?? null, await askSample(sample))
      if (fault === null) break
    }
    if (fault !== null) return `${fault}.`
  }
  return null
}

async function refuseChanged(swaps: readonly FileSwap[]): Promise<void> {
  for (const { path, before } of swaps) {
    if ((await textOf(path)) !== before) throw new Problem(errors.foreignEdit, `${path} was changed by somebody else meanwhile; nothing was done. Look at it, then run this again.`, { file: path })
  }
}

/** The text of a file; null when there is none. */
export async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
}

/**
 * Writes or removes a file. What is to lie below `owned`, a directory of the agent's user, must really lie there: a link
 * put into it must not lead root elsewhere.
 */
export async function put(path: string, text: string | null, owned?: string): Promise<void> {
  const within = owned !== undefined && path.startsWith(`${owned}/`) ? owned : undefined
  if (text !== null) {
    await replaceFile(path, text, { ...(within !== undefined && { within }) })
    return
  }
  if (within !== undefined && !`${await realpath(dirname(path))}/`.startsWith(`${await realpath(within)}/`)) throw new Error(`${path} leads out of ${within} by a symbolic link; it was not removed`)
  await rm(path, { force: true })
  await syncDirectory(dirname(path))
}

async function putBack({ swaps, undo }: NginxChange, includeDir: string): Promise<void> {
  const failed: string[] = []
  for (const { path, before } of swaps.toReversed()) {
    try {
      await put(path, before, includeDir)
    } catch (error) {
      failed.push(`${path} (${messageOf(error)})`)
    }
  }
  if (failed.length > 0) throw new Problem(errors.restoreFailed, `These files could not be put back: ${failed.join(', ')}. Do not reload Nginx before "${undo}" has put them back.`, { files: failed })
}
