import { rename, rm, open } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, systemCodeOf } from '../../shared/errors/problem.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import type { OnStep } from './arrive.ts'
import type { ClaimedFile, ClaimedSource } from './contract.ts'
import { lstatIfThere, makeFolders, NotAFolder, removeIfThere, syncFolder } from './disk.ts'
import { chooseNames, readPlan, type FinishPlan, writePlan } from './finish-plan.ts'
import { requireFolder } from './folder.ts'
import { componentsOf, joinBytes, nameOf, parentOf, type PathBytes, toBytes } from './path-bytes.ts'
import { placeFile } from './place.ts'
import { showPath } from './show-path.ts'
import { whyText, type WhyFailed } from './why-text.ts'

export interface FinishDeps {
  readonly job: string
  /** `[ingest]` of the configuration. */
  readonly ingest: { readonly directory: string; readonly done?: string; readonly failed?: string; readonly after: 'keep' | 'delete' }
  readonly work: string
  readonly signal?: AbortSignal
  readonly onStep?: OnStep
}

/** Where a source ended up. */
export interface Finished {
  /** For people; null where it was deleted, or had been taken away by somebody before. */
  readonly path: string | null
  /** Exact absolute paths of all its files, base64 of the bytes. */
  readonly files: readonly string[]
}

/**
 * Gives a published source back: to `done/`, in its own subfolder and under its very name (numbered where that is
 * taken), with all that came with it; or deletes it (`after = "delete"`). Again after a crash it goes on from there.
 */
export async function toDone(source: ClaimedSource, deps: FinishDeps): Promise<Finished> {
  if (deps.ingest.after === 'delete') {
    await onThisHost(source.directory, () => leave(source))
    return { path: null, files: [] }
  }
  return giveBack(source, deps.ingest.done ?? join(deps.ingest.directory, 'done'), null, deps)
}

/** Gives a source back to `failed/`, with a `.why.txt` beside it. */
export function toFailed(source: ClaimedSource, why: WhyFailed, deps: FinishDeps): Promise<Finished> {
  return giveBack(source, deps.ingest.failed ?? join(deps.ingest.directory, 'failed'), why, deps)
}

function giveBack(source: ClaimedSource, root: string, why: WhyFailed | null, deps: FinishDeps): Promise<Finished> {
  return onThisHost(root, async () => {
    // Without its file system the folder is a bare mount point: what is moved there is lost under the next mount.
    if (root.startsWith(`${deps.ingest.directory}/`)) await requireFolder({ directory: deps.ingest.directory, work: deps.work })
    const kept = await readPlan(source)
    // Again with a kept plan: a folder that stays empty for long, since nothing can be placed in it, is tidied up.
    const folder = await makeFolders(root, componentsOf(parentOf(Buffer.from(source.name_bytes, 'base64'))))
    const plan = kept?.root === root ? kept : await makePlan(source, root, folder, why !== null)
    await deps.onStep?.('planned')
    if (plan.why !== null && why !== null) {
      await writeWhy(folder, Buffer.from(plan.why, 'base64'), whyText(why), deps.job)
      await deps.onStep?.('why written')
    }
    const { names } = await placeAll(source, plan, deps)
    await leave(source)
    const paths = names.map((name) => joinBytes(folder, Buffer.from(name, 'base64')))
    const there = await Promise.all(paths.map(async (path) => (await lstatIfThere(path)) !== undefined))
    const files = paths.filter((_, index) => there[index] === true)
    return { path: there[0] === true && paths[0] !== undefined ? showPath(paths[0]) : null, files: files.map((path) => path.toString('base64')) }
  })
}

async function makePlan(source: ClaimedSource, root: string, folder: PathBytes, failed: boolean): Promise<FinishPlan> {
  const plan = { root, folder: folder.toString('base64'), ...(await chooseNames(folder, source.files.map(ownName), failed)) }
  await writePlan(source, plan)
  return plan
}

/** Answers the plan as it was carried out. What is not in the work area any more was moved before. */
async function placeAll(source: ClaimedSource, plan: FinishPlan, { job, signal, onStep }: FinishDeps): Promise<FinishPlan> {
  const folder = Buffer.from(plan.folder, 'base64')
  let { names } = plan
  for (const [index, file] of source.files.entries()) {
    const from = toBytes(file.path)
    const options = { temporary: `greenroom-${job}-${index}`, ...(signal === undefined ? {} : { signal }) }
    while ((await lstatIfThere(from)) !== undefined && !(await placeFile(from, joinBytes(folder, Buffer.from(names[index] ?? '', 'base64')), options))) {
      // Somebody took the name since the plan was made: this file gets another, written down before it moves.
      const other = await chooseNames(folder, [ownName(file)], false)
      names = names.with(index, other.names[0] ?? '')
      await writePlan(source, { ...plan, names })
    }
    await onStep?.(`placed ${index}`)
  }
  return { ...plan, names }
}

function ownName({ name_bytes }: ClaimedFile): PathBytes {
  return nameOf(Buffer.from(name_bytes, 'base64'))
}

async function writeWhy(folder: PathBytes, name: PathBytes, text: string, job: string): Promise<void> {
  const temporary = joinBytes(folder, `.greenroom-${job}-why.tmp`)
  await removeIfThere(temporary)
  const file = await open(temporary, 'wx', 0o644)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, joinBytes(folder, name))
  await syncFolder(folder)
}

/** Nothing of the source is in the work area any more. The plan goes with the job's directory, once the ledger knows where the files are: until then a restart must find the same names. */
async function leave(source: ClaimedSource): Promise<void> {
  await rm(source.directory, { recursive: true, force: true })
}

/** What goes wrong here is never the source's fault. `folder`: where it happens. */
async function onThisHost<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof NotAFolder) {
      throw new JobError(jobErrors.storageFailed, `${showPath(error.path)} is a symbolic link or a file, so no source is put behind it.`, 'Remove it, or put a directory in its place; it goes on by itself.', {}, error)
    }
    const code = systemCodeOf(error)
    if (code === undefined || error instanceof JobError) throw error
    const what = `The source cannot be put away in ${folder}: ${messageOf(error)}.`
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new JobError(jobErrors.noSpace, what, 'Free some space there; it goes on by itself.', {}, error)
    throw new JobError(jobErrors.storageFailed, what, 'See that the encoder’s user can write there; it goes on by itself.', {}, error)
  }
}
