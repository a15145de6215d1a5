import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, Problem } from '../../../shared/errors/problem.ts'
import { unifiedDiff } from '../generated/ownership.ts'
import { probeRoute } from '../markers/prove.ts'
import { findMaster } from '../process/master.ts'
import type { HostPlan, PrepareOptions, TrafficChange } from '../traffic.ts'
import { beginReload, type ReloadAttempt } from './attempt.ts'
import { takeTested } from './candidate.ts'
import type { ReloadDeps } from './deps.ts'
import { checkAgain, makeCandidate, pathsOf, type Candidate } from './make-candidate.ts'
import { copyPathOf, keepCopy, keepOriginals } from './own-files.ts'
import { foreignEditWarning, nginxNotRunning } from './refusals.ts'
import { restoreFiles } from './restore.ts'
import { storageProblem } from './storage-problem.ts'
import { CHANGES, stageSwap, type Swap } from './swap.ts'
import { unchangedFiles } from './unchanged.ts'

/** In a staged swap: Nginx was, or is about to be, told to load it. */
export const REQUESTED = 'requested'

export interface FilesOptions extends PrepareOptions {
  /** The service whose configured probe is asked through the real listener once the reload is proven. */
  readonly service: string | null
}

/** Prepares the generated files of `plan`, tested by Nginx, and their reload. Throws the Problems of `makeCandidate`. */
export async function prepareFiles(deps: ReloadDeps, plan: HostPlan, options: FilesOptions): Promise<TrafficChange> {
  const candidate = await makeCandidate(deps, plan, options)
  return candidate.current ? unchangedFiles(deps, candidate.nonce) : changeFiles(deps, plan, candidate, options)
}

function changeFiles(deps: ReloadDeps, plan: HostPlan, candidate: Candidate, options: FilesOptions): TrafficChange {
  const { config, loaded } = deps
  const { nginx } = config
  const includeDir = nginx.include_dir
  const { nonce, before, after, foreign, servedNonce } = candidate
  const copies = new Map(candidate.edited.map(({ name }) => [name, copyPathOf(config.state_dir, name)]))
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
    diff: diffOf(includeDir, candidate),
    warnings: warningsOf(includeDir, candidate, copies),
    record: { mechanism: 'files', copies: join(includeDir, CHANGES, nonce), nonce_before: servedNonce, nonce_after: nonce },
    async apply(signal) {
      signal.throwIfAborted()
      const master = await findMaster(nginx.pid_file)
      if (master === null) throw nginxNotRunning(nginx)
      await checkAgain(includeDir, candidate, options.force)
      for (const [name, copy] of copies) await keepCopy(copy, before.get(name)!)
      deps.staged.add(nonce)
      try {
        swap = (await takeTested(includeDir, nonce)) ?? (await stageSwap(includeDir, nonce, [...before.keys()], after))
        attempt = await beginReload(deps, master, new Map([...foreign, ...pathsOf(includeDir, after)]))
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
        const proof = await restoreFiles(deps, { swap, attempt, foreign })
        await discard()
        return proof
      } finally {
        await release()
      }
    },
    async settle() {
      const warnings: string[] = []
      try {
        await loaded.record(attempt!.master, foreign)
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

function warningsOf(includeDir: string, { edits }: Candidate, copies: ReadonlyMap<string, string>): string[] {
  const replaced = [...copies].map(([name, copy]) => `${join(includeDir, name)} was edited by hand; by force it is replaced, and kept as ${copy}.`)
  return edits.length > 0 ? [...replaced, foreignEditWarning(edits)] : replaced
}

/** Without the checksum, which differs whenever anything does. */
function diffOf(includeDir: string, { before, shown }: Candidate): string {
  const plain = (text = '') => text.replace(/^# checksum .*$/m, '# checksum')
  const names = new Set([...shown.keys(), ...before.keys()])
  return [...names].map((name) => unifiedDiff(join(includeDir, name), plain(before.get(name)), plain(shown.get(name)))).join('')
}
