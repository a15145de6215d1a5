import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import { includeHint, treeOf } from '../include-hint.ts'
import { foreignEdits, type ForeignEdit } from '../loaded/differences.ts'
import type { DiskConfig } from '../loaded/disk.ts'
import { findMaster, type Master } from '../process/master.ts'
import { renderFiles } from '../render/render.ts'
import type { HostPlan, PrepareOptions } from '../traffic.ts'
import { askNonce } from '../verify-client.ts'
import { refuseOverBudget } from './budget.ts'
import { forgetTested, testCandidate, undoInterruptedTest } from './candidate.ts'
import type { ReloadDeps } from './deps.ts'
import { nonceOf } from './nonce-of.ts'
import { readOwnFiles, refuseEdited, type EditedFile } from './own-files.ts'
import { candidateInvalid, changedMeanwhile, foreignEditRefused, nginxNotRunning } from './refusals.ts'
import { discardStale, liveText, type FileTexts } from './swap.ts'

/** Generated files that Nginx has tested, and what was found on the way. */
export interface Candidate {
  readonly nonce: string
  readonly before: FileTexts
  readonly after: FileTexts
  /** `after` as it would be if nothing but the plan differed from `before`: for a difference to show. */
  readonly shown: FileTexts
  readonly edited: readonly EditedFile[]
  readonly foreign: ReadonlyMap<string, string>
  /** Edits of others that force overrides. */
  readonly edits: readonly ForeignEdit[]
  readonly servedNonce: string | null
  /** Whether all of it is on disk and loaded already; then nothing was tested. */
  readonly current: boolean
}

/**
 * Renders the files of `plan` and has Nginx test them. Throws a Problem where they cannot be loaded:
 * `nginx_not_running`, `generated_file_edited`, `candidate_invalid`, `foreign_edit`, `nginx_not_including`,
 * `reload_budget`, `storage_failed`; nothing has then changed.
 */
export async function makeCandidate(deps: ReloadDeps, plan: HostPlan, options: PrepareOptions): Promise<Candidate> {
  const { config } = deps
  const { nginx } = config
  await undoInterruptedTest(nginx.include_dir)
  const master = await findMaster(nginx.pid_file)
  if (master === null) throw nginxNotRunning(nginx)

  const nonce = randomBytes(12).toString('hex')
  const after = renderFiles(config, plan, nonce)
  const { texts: before, edited } = await readOwnFiles(config, after.keys())
  if (edited.length > 0 && !options.force) throw refuseEdited(edited)
  const servedNonce = await askNonce(nginx.verify_listen)
  const diskNonce = nonceOf(before)
  const shown = diskNonce === null ? after : renderFiles(config, plan, diskNonce)
  const common = { before, shown, edited, servedNonce }
  if (diskNonce !== null && servedNonce === diskNonce && sameTexts(before, shown)) {
    return { ...common, nonce: diskNonce, after: shown, foreign: new Map(), edits: [], current: true }
  }
  await discardStale(nginx.include_dir, deps.staged)
  const disk = await testCandidate(deps.run, nginx.include_dir, nonce, before, after)
  try {
    return { ...common, nonce, after, ...(await check(deps, master, disk, after, options)), current: false }
  } catch (error) {
    await forgetTested(nginx.include_dir, nonce)
    throw error
  }
}

async function check(deps: ReloadDeps, master: Master, disk: DiskConfig, after: FileTexts, { force, urgent }: PrepareOptions) {
  const { config, loaded } = deps
  const { nginx } = config
  const edits = disk.valid ? await loaded.edits(master, disk.foreign) : await loaded.editsOfKnownFiles(master)
  if (edits.length > 0 && !force) throw foreignEditRefused(edits, disk.valid ? null : disk.complaint)
  if (!disk.valid) throw candidateInvalid(disk.complaint, pathsOf(nginx.include_dir, after))
  const missing = [...after.keys()].filter((name) => !name.startsWith('server/') && !disk.included.has(name))
  if (missing.length > 0) {
    const files = missing.map((name) => join(nginx.include_dir, name))
    throw new Problem(errors.nginxNotIncluding, includeHint(nginx, treeOf(disk.files), missing), { files })
  }
  if (!urgent) await refuseOverBudget(master, nginx)
  return { edits, foreign: disk.foreign }
}

/** Refuses when something changed between the test and now. */
export async function checkAgain(includeDir: string, { before, after, foreign }: Candidate, force: boolean): Promise<void> {
  const late = foreignEdits(foreign, await readAgain(foreign.keys()))
  if (late.length > 0 && !force) throw foreignEditRefused(late)
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    if ((await liveText(includeDir, name)) !== (before.get(name) ?? null)) throw changedMeanwhile(join(includeDir, name))
  }
}

/** Generated texts by path. */
export function pathsOf(includeDir: string, texts: FileTexts): Map<string, string> {
  return new Map([...texts].map(([name, text]) => [join(includeDir, name), text]))
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
