import { readdir, readFile } from 'node:fs/promises'

/** A process by its command line. */
export interface ProcessTitle {
  readonly pid: number
  readonly title: string
}

/** Whether a process is a running agent. */
export function isAgent({ title }: { readonly title: string }): boolean {
  return /(?:greenroom-agent|agent\/main\.ts)(?:\s.*)?\srun\b/.test(title)
}

/** The running agents of this host, by their command lines. */
export async function agentProcesses(): Promise<ProcessTitle[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      // A process may end while it is looked at.
      title: (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim(),
    })),
  )
  return all.filter((found) => isAgent(found))
}
