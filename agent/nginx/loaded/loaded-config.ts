import { readFile } from 'node:fs/promises'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import { followErrorLog } from '../error-log.ts'
import type { Master } from '../process/master.ts'
import { uptime } from '../process/proc.ts'
import { changedSince } from './changed-since.ts'
import { foreignEdits, type ForeignEdit, type Texts } from './differences.ts'
import { readSnapshot, writeSnapshot, type Snapshot } from './snapshot.ts'
import { sameWorkers, shareWorker, workerSetOf, type WorkerSet } from './worker-set.ts'

/** A clock that differs by more was set, not slewed. */
const CLOCK_SET_MS = 2000

export interface LoadedConfigOptions {
  /** Where the snapshot is kept. */
  readonly path: string
  readonly errorLog: string
  /** Wall clock in ms. */
  readonly now?: () => number
}

/** Knows what the running Nginx has loaded, by the snapshot of the last proven reload and what was seen since. */
export interface LoadedConfig {
  /**
   * What is on disk (`files`: all but our own) and not loaded. When somebody else reloaded since the last look, what
   * is on disk counts as loaded, but for files that changed after the new workers started.
   */
  edits(master: Master, files: ReadonlyMap<string, string>): Promise<ForeignEdit[]>
  /** The same when Nginx refuses to read the disk: only files that are known to be loaded are compared. */
  editsOfKnownFiles(master: Master): Promise<ForeignEdit[]>
  /** Takes a start or reload by somebody else into the snapshot, the sooner the more certainly. `files` are read only then. */
  observe(master: Master, files: () => Promise<ReadonlyMap<string, string> | null>): Promise<void>
  /** After a proven reload: these texts are loaded. */
  record(master: Master, files: ReadonlyMap<string, string>): Promise<void>
}

export function createLoadedConfig({ path, errorLog, now = Date.now }: LoadedConfigOptions): LoadedConfig {
  const clockOffset = async () => now() - (await uptime())

  async function save(workerSet: WorkerSet, files: Texts): Promise<void> {
    const log = await followErrorLog(errorLog)
    await log.close()
    await writeSnapshot(path, { version: 1, workerSet, clockOffset: await clockOffset(), log: log.mark, files: Object.fromEntries(files) })
  }

  /** The loaded texts; a reload by somebody else is taken into the snapshot. */
  async function loaded(master: Master, disk: ReadonlyMap<string, string>): Promise<Texts> {
    const [snapshot, workerSet] = await Promise.all([readSnapshot(path), workerSetOf(master)])
    const known: Texts = new Map(Object.entries(snapshot?.files ?? {}))
    const unchanged = snapshot !== null && (shareWorker(snapshot.workerSet, workerSet) || (await onlyCrashed(snapshot, workerSet)))
    // Nobody serves just now (between a crash and the next start): nothing new can be learnt.
    if (!unchanged && workerSet.workers.length > 0) {
      const texts = await afterForeignReload(snapshot, known, workerSet, disk)
      await save(workerSet, texts)
      return texts
    }
    // Workers beside those of the snapshot may belong to a reload that is just happening. They must not enter it: once
    // the earlier ones have gone, it is by having none in common that the reload is recognised.
    return known
  }

  async function afterForeignReload(snapshot: Snapshot | null, known: Texts, workerSet: WorkerSet, disk: ReadonlyMap<string, string>): Promise<Texts> {
    const offset = await clockOffset()
    const clockWasSet = snapshot !== null && Math.abs(offset - snapshot.clockOffset) > CLOCK_SET_MS
    const started = offset + Math.min(...workerSet.workers.map((worker) => worker.start)) * 10
    const texts = new Map<string, string | null>()
    for (const file of new Set([...disk.keys(), ...known.keys()])) {
      const text = disk.get(file)
      const before = known.get(file)
      // After the clock was set, change times and start times cannot be compared: every difference is suspect.
      const suspect = text !== before && (clockWasSet || (await changedSince(file, started)))
      if (!suspect && text !== undefined) texts.set(file, text)
      else if (suspect && (before !== undefined || snapshot === null)) texts.set(file, before ?? null)
    }
    return texts
  }

  /** Whether all workers of the snapshot crashed and were started anew by the same master, with the same configuration. */
  async function onlyCrashed(snapshot: Snapshot, workerSet: WorkerSet): Promise<boolean> {
    if (snapshot.log === null || snapshot.workerSet.boot !== workerSet.boot) return false
    if (snapshot.workerSet.master.pid !== workerSet.master.pid || snapshot.workerSet.master.start !== workerSet.master.start) return false
    const log = await followErrorLog(errorLog, snapshot.log)
    try {
      const crashed = new Set<number>()
      for (let lines = await log.read(); lines.length > 0; lines = await log.read()) {
        for (const { message } of lines) crashed.add(Number(/^worker process (\d+) exited on signal/.exec(message)?.[1]))
      }
      return snapshot.workerSet.workers.every((worker) => crashed.has(worker.pid))
    } finally {
      await log.close()
    }
  }

  return {
    async edits(master, files) {
      return foreignEdits(await loaded(master, files), files)
    },
    async editsOfKnownFiles(master) {
      const snapshot = await readSnapshot(path)
      if (snapshot === null) return []
      const disk = await readAll(Object.keys(snapshot.files))
      return foreignEdits(await loaded(master, disk), disk)
    },
    async observe(master, files) {
      const [snapshot, workerSet] = await Promise.all([readSnapshot(path), workerSetOf(master)])
      if (snapshot !== null && sameWorkers(snapshot.workerSet, workerSet)) return
      const disk = await files()
      if (disk !== null) await loaded(master, disk)
    },
    async record(master, files) {
      await save(await workerSetOf(master), files)
    },
  }
}

async function readAll(paths: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for (const path of paths) {
    try {
      texts.set(path, await readFile(path, 'utf8'))
    } catch (error) {
      // Gone, or in the way of being replaced: a difference in itself.
      if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemCodeOf(error) ?? '')) throw error
    }
  }
  return texts
}
