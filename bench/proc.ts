import { readdir, readFile } from 'node:fs/promises'
import type { TestNginx } from '../test/support/nginx.ts'

export interface Workers {
  readonly count: number
  readonly rss_bytes: number
}

/**
 * CPU time that these processes have used so far, in ns, all threads. From /proc/<pid>/task/<tid>/schedstat, which the
 * kernel keeps exactly; the ticks of /proc/<pid>/stat are 10 ms, too coarse for slices of a second.
 */
export async function cpuNs(pids: readonly number[]): Promise<number> {
  const perThread = await Promise.all(
    pids.map(async (pid) => {
      const threads = await readdir(`/proc/${pid}/task`)
      return Promise.all(threads.map(async (thread) => Number((await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')).split(' ')[0])))
    }),
  )
  return perThread.flat().reduce((sum, ns) => sum + ns, 0)
}

/** Resident memory in bytes. */
export async function rssBytes(pid: number): Promise<number> {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

/** Pids of master and workers, those that are shutting down included. */
export async function nginxPids(nginx: TestNginx): Promise<number[]> {
  const master = await nginx.masterPid()
  const children = await readFile(`/proc/${master}/task/${master}/children`, 'utf8')
  return [master, ...children.trim().split(' ').filter(Boolean).map(Number)]
}

export async function workersOf(nginx: TestNginx): Promise<Workers> {
  const workers = (await nginxPids(nginx)).slice(1)
  const sizes = await Promise.all(workers.map(rssBytes))
  return { count: workers.length, rss_bytes: sizes.reduce((sum, size) => sum + size, 0) }
}
