import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { messageOf, Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import { unifiedDiff } from '../generated/ownership.ts'
import { foreignEdits } from '../loaded/differences.ts'
import { includeHint, treeOf } from '../include-hint.ts'
import { probeRoute } from '../markers/prove.ts'
import { findMaster } from '../process/master.ts'
import { renderFiles } from '../render/render.ts'
import type { HostPlan, PrepareOptions, Proof, TrafficChange } from '../traffic.ts'
import { askNonce } from '../verify-client.ts'
import { beginReload, type ReloadAttempt } from './attempt.ts'
import { untilWithinBudget } from './budget.ts'
import { testCandidate, undoInterruptedTest } from './candidate.ts'
import type { ReloadDeps } from './deps.ts'
import { nonceOf } from './nonce-of.ts'
import { copyPathOf, keepCopy, keepOriginals, readOwnFiles, refuseEdited } from './own-files.ts'
import { candidateInvalid, foreignEditRefused, foreignEditWarning, nginxNotRunning } from './refusals.ts'
import { restoreFiles } from './restore.ts'
import { storageProblem } from './storage-problem.ts'
import { CHANGES, discardStale, stageSwap, type FileTexts, type Swap } from './swap.ts'

/** In a staged swap: Nginx was, or is about to be, told to load it. */
export const REQUESTED = 'requested'

export interface FilesOptions extends PrepareOptions {
  /** The service whose configured probe is asked through the real listener once the reload is proven. */
  readonly service: string | null
}

/**
 * Prepares the generated files of `plan`, tested by Nginx, and their reload. Throws a Problem where that cannot be:
 * `nginx_not_running`, `generated_file_edited`, `candidate_invalid`, `foreign_edit`, `nginx_not_including`,
 * `reload_budget`, `storage_failed`; nothing has then changed.
 */
export async function prepareFiles(deps: ReloadDeps, plan: HostPlan, options: FilesOptions): Promise<TrafficChange> {
  const { config, loaded } = deps
  const { nginx } = config
  const includeDir = nginx.include_dir
  await undoInterruptedTest(includeDir)
  const master = await findMaster(nginx.pid_file)
  if (master === null) throw nginxNotRunning(nginx)

  const nonce = randomBytes(12).toString('hex')
  const after = renderFiles(config, plan, nonce)
  const { texts: before, edited } = await readOwnFiles(config, after.keys())
  if (edited.length > 0 && !options.force) throw refuseEdited(edited)
  const servedNonce = await askNonce(nginx.verify_listen)
  const diskNonce = nonceOf(before)
  const wanted = diskNonce === null ? after : renderFiles(config, plan, diskNonce)
  if (diskNonce !== null && servedNonce === diskNonce && sameTexts(before, wanted)) return unchanged(deps, diskNonce)

  await discardStale(includeDir, deps.staged)
  const disk = await testCandidate(deps.run, includeDir, nonce, before, after)
  const edits = disk.valid ? await loaded.edits(master, disk.foreign) : await loaded.editsOfKnownFiles(master)
  if (edits.length > 0 && !options.force) throw foreignEditRefused(edits, disk.valid ? null : disk.complaint)
  if (!disk.valid) throw candidateInvalid(disk.complaint, pathsOf(includeDir, after))
  const missing = [...after.keys()].filter((name) => !name.startsWith('server/') && !disk.included.has(name))
  if (missing.length > 0) throw new Problem(errors.nginxNotIncluding, includeHint(nginx, treeOf(disk.files), missing), { files: missing.map((name) => join(includeDir, name)) })
  if (!options.urgent) await untilWithinBudget(master, nginx)

  const copies = new Map(edited.map(({ name }) => [name, copyPathOf(config.state_dir, name)]))
  const allTexts = new Map([...disk.foreign, ...pathsOf(includeDir, after)])
  let swap: Swap | null = null
  let attempt: ReloadAttempt | null = null

  async function release(): Promise<void> {
    deps.staged.delete(nonce)
    await attempt?.close()
  }

  /** The staged files are not needed any more. What cannot be removed is removed before the next change. */
  async function discard(): Promise<void> {
    await swap?.discard().catch((error: unknown) => deps.log.warn({ directory: swap?.directory, error: messageOf(error) }, 'staged files could not be removed yet'))
  }

  return {
    changes: true,
    diff: [...new Set([...wanted.keys(), ...before.keys()])].map((name) => unifiedDiff(join(includeDir, name), plain(before.get(name)), plain(wanted.get(name)))).join(''),
    warnings: [
      ...[...copies].map(([name, copy]) => `${join(includeDir, name)} was edited by hand; by force it is replaced, and kept as ${copy}.`),
      ...(edits.length > 0 ? [foreignEditWarning(edits)] : []),
    ],
    record: { mechanism: 'files', copies: join(includeDir, CHANGES, nonce), nonce_before: servedNonce, nonce_after: nonce },
    async apply(signal) {
      signal.throwIfAborted()
      const current = await findMaster(nginx.pid_file)
      if (current === null) throw nginxNotRunning(nginx)
      const late = foreignEdits(disk.foreign, await readAgain(disk.foreign.keys()))
      if (late.length > 0 && !options.force) throw foreignEditRefused(late)
      for (const [name, copy] of copies) await keepCopy(copy, before.get(name)!)
      deps.staged.add(nonce)
      try {
        swap = await stageSwap(includeDir, nonce, [...before.keys()], after)
        attempt = await beginReload(deps, current, allTexts)
        await swap.forward()
        await writeFile(join(swap.directory, REQUESTED), '')
      } catch (error) {
        throw error instanceof Problem ? error : storageProblem(includeDir, 'Nginx was not told to reload', error)
      }
      await attempt.request()
    },
    async prove(signal) {
      try {
        const proof = await attempt!.untilServed(nonce, signal)
        const changed = plan.find(({ name }) => name === options.service)
        const probe = changed === undefined ? null : await probeRoute(config, changed.name, changed.route, deps.probe, signal)
        deps.onReload('proven')
        return probe === null ? proof : { evidence: `${proof.evidence}; ${probe.evidence}` }
      } catch (error) {
        deps.onReload('failed')
        throw error
      }
    },
    async restore() {
      try {
        const proof = await restoreFiles(deps, { swap, attempt, foreign: disk.foreign })
        await discard()
        return proof
      } finally {
        await release()
      }
    },
    async settle() {
      const warnings: string[] = []
      try {
        await loaded.record(attempt!.master, disk.foreign)
        await keepOriginals(config, after)
      } catch (error) {
        warnings.push(`What Nginx has loaded could not be noted (${messageOf(error)}): the next reload may take a finished edit for an unfinished one.`)
      }
      await discard()
      await release()
      return warnings
    },
  }
}

/** What is wanted is on disk and loaded: there is nothing to do but to prove it. */
function unchanged(deps: ReloadDeps, nonce: string): TrafficChange {
  const prove = async (): Promise<Proof> => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => askNonce(deps.config.nginx.verify_listen)))
    if (answers.every((answer) => answer === nonce)) return { evidence: `${answers.length} fresh connections were answered with the generated files as they are on disk` }
    throw new Problem(errors.notApplied, 'Nginx no longer serves the generated files that are on disk. Try again: they will be loaded.')
  }
  return {
    changes: false,
    diff: '',
    warnings: [],
    record: { mechanism: 'files', copies: join(deps.config.nginx.include_dir, CHANGES, nonce), nonce_before: nonce, nonce_after: nonce },
    apply: async () => {},
    prove,
    restore: prove,
    settle: async () => [],
  }
}

async function readAgain(paths: Iterable<string>): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for (const path of paths) {
    // A file that cannot be read any more differs from what was tested, whatever the reason.
    const text = await readFile(path, 'utf8').catch(() => null)
    if (text !== null) texts.set(path, text)
  }
  return texts
}

function sameTexts(a: FileTexts, b: FileTexts): boolean {
  return a.size === b.size && [...a].every(([name, text]) => b.get(name) === text)
}

function pathsOf(includeDir: string, texts: FileTexts): Map<string, string> {
  return new Map([...texts].map(([name, text]) => [join(includeDir, name), text]))
}

/** Without the checksum, which differs whenever anything does. */
function plain(text = ''): string {
  return text.replace(/^# checksum .*$/m, '# checksum')
}

/** The tag of the swap that a journaled change staged. */
export function tagOf(copies: string): string {
  return basename(copies)
}
