import { access } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../../shared/errors/problem.ts'
import { readDisk } from '../loaded/disk.ts'
import { findMaster, type Master } from '../process/master.ts'
import type { ChangeRecord, Recovered } from '../traffic.ts'
import { askNonce } from '../verify-client.ts'
import { beginReload } from './attempt.ts'
import { undoInterruptedTest } from './candidate.ts'
import { REQUESTED } from './change.ts'
import type { ReloadDeps } from './deps.ts'
import { nonceOf } from './nonce-of.ts'
import { copyPathOf, keepCopy, keepOriginals } from './own-files.ts'
import { foreignEditRefused } from './refusals.ts'
import { liveText, openSwap, type Swap } from './swap.ts'

type FilesRecord = Extract<ChangeRecord, { mechanism: 'files' }>

/** Nginx lets workers from before take connections for 100 ms after it has started the new ones. */
const OVERLAP_MS = 150

/**
 * Ends a change of files whose process died after its intent. It is finished where the new files are all on disk and
 * every connection is answered with them; else the files from before are put back, and loaded where Nginx may have
 * been told to load the new ones. Never guesses: what cannot be proven is `unproven`, and the detail says what to do.
 */
export async function recoverFiles(deps: ReloadDeps, record: FilesRecord): Promise<Recovered> {
  const { nginx, state_dir: stateDir } = deps.config
  const includeDir = nginx.include_dir
  await undoInterruptedTest(includeDir)
  const master = await findMaster(nginx.pid_file)
  const swap = await openSwap(includeDir, basename(record.copies))
  if (swap === null) return nothingStaged(deps, record, master)

  const live = await liveTexts(includeDir, swap)
  const isAfter = [...live].every(([name, text]) => text === (swap.after.get(name) ?? null))
  if (isAfter && master !== null && (await isServed(deps, record.nonce_after))) {
    await keepOriginals(deps.config, swap.after)
    await swap.discard()
    return { result: 'finished', detail: 'the new files are on disk, and every connection is answered with them.' }
  }

  const kept: string[] = []
  for (const [name, text] of live) {
    if (text === null || text === swap.before.get(name) || text === swap.after.get(name)) continue
    const copy = copyPathOf(stateDir, name)
    await keepCopy(copy, text)
    kept.push(` ${join(includeDir, name)} had been edited meanwhile; that is kept as ${copy}.`)
  }
  const requested = await exists(join(swap.directory, REQUESTED))
  await swap.back()
  const restored = await proveBefore(deps, { swap, master, requested, record })
  if (restored.result === 'restored') await swap.discard()
  return { ...restored, detail: restored.detail + kept.join('') }
}

async function proveBefore(
  deps: ReloadDeps,
  { swap, master, requested, record }: { swap: Swap; master: Master | null; requested: boolean; record: FilesRecord },
): Promise<Recovered> {
  const { nginx } = deps.config
  if (master === null) return { result: 'restored', detail: 'Nginx is not running; the files from before are back on disk, and it will serve them once it is started.' }
  const before = nonceOf(swap.before)
  if (!requested && (await isServed(deps, record.nonce_before))) {
    return { result: 'restored', detail: 'Nginx had not been told to reload; the files from before are back on disk, and what was served before still is.' }
  }
  const disk = await readDisk(deps.run, nginx.include_dir)
  if (!disk.valid) return { result: 'unproven', detail: `the files from before are back on disk, but Nginx rejects the configuration: ${disk.complaint}. Mend that and reload Nginx.` }
  const edits = await deps.loaded.edits(master, disk.foreign)
  if (edits.length > 0) return { result: 'unproven', detail: `the files from before are back on disk, but not loaded. ${foreignEditRefused(edits).message}` }
  const attempt = await beginReload(deps, master, disk.foreign)
  try {
    await attempt.request()
    const proof = await attempt.untilServed(before, AbortSignal.timeout(nginx.apply_timeout))
    await deps.loaded.record(master, disk.foreign)
    deps.onReload('restored')
    return { result: 'restored', detail: `the files from before are back and were loaded again: ${proof.evidence}.` }
  } catch (error) {
    return { result: 'unproven', detail: `the files from before are back on disk, but are not proven to be loaded: ${messageOf(error)}` }
  } finally {
    await attempt.close()
  }
}

async function nothingStaged(deps: ReloadDeps, record: FilesRecord, master: Master | null): Promise<Recovered> {
  if (record.nonce_before === record.nonce_after) return { result: 'finished', detail: 'there was nothing to change.' }
  const { include_dir: includeDir } = deps.config.nginx
  const onDisk = nonceOf(new Map([['http.conf', (await liveText(includeDir, 'http.conf')) ?? '']]))
  if (onDisk !== record.nonce_after) return { result: 'restored', detail: 'nothing of it was on disk yet.' }
  if (master !== null && (await isServed(deps, record.nonce_after))) return { result: 'finished', detail: 'the new files are on disk, and every connection is answered with them.' }
  return { result: 'unproven', detail: `the new files are on disk, but Nginx does not serve them, and the copies in ${record.copies} are gone. Reload Nginx to load them.` }
}

async function isServed(deps: ReloadDeps, nonce: string | null): Promise<boolean> {
  const ask = async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => askNonce(deps.config.nginx.verify_listen)))
    return answers.every((answer) => answer === nonce)
  }
  if (!(await ask())) return false
  await delay(OVERLAP_MS)
  return ask()
}

async function liveTexts(includeDir: string, swap: Swap): Promise<Map<string, string | null>> {
  const names = [...new Set([...swap.before.keys(), ...swap.after.keys()])]
  return new Map(await Promise.all(names.map(async (name) => [name, await liveText(includeDir, name)] as const)))
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false)
}
