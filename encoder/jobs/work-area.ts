import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory } from '../../shared/files/atomic.ts'
import type { Mark } from '../encode/mark.ts'

/** Names in the work area. Everything of a job lies in one directory, which goes when the job ends. */
export interface WorkArea {
  readonly root: string
  readonly lock: string
  readonly database: string
  readonly jobs: string
  /** Directory of one job: `source/` by intake, the rest by the steps of the work. */
  job(id: string): string
  /** For the child processes of a job: whose they are, and that they are let at its directory alone. */
  mark(id: string): Mark
  /** Where segments, playlists and pictures of one version of a job are made. */
  made(id: string, version: string): string
  remove(id: string): Promise<void>
}

export async function openWorkArea(root: string): Promise<WorkArea> {
  const jobs = join(root, 'jobs')
  await mkdir(jobs, { recursive: true, mode: 0o750 })
  await syncDirectory(root)
  const job = (id: string) => join(jobs, id)
  return {
    root,
    lock: join(root, 'lock'),
    database: join(root, 'ledger.sqlite'),
    jobs,
    job,
    mark: (id) => ({ work: root, job: id, directory: job(id) }),
    made: (id, version) => join(job(id), version),
    async remove(id) {
      await rm(job(id), { recursive: true, force: true })
    },
  }
}
