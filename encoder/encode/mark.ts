/** Whose a child process is, written into its environment: how a restarted daemon knows what a killed one left running. */
export interface Mark {
  /** Absolute path of the work area. */
  readonly work: string
  /** Id of the job. */
  readonly job: string
  /** Absolute path of the job’s directory: all that the child is let at, where the host can fence it in. */
  readonly directory?: string | undefined
}

const WORK = 'GREENROOM_WORK'

export function markEnvironment({ work, job }: Mark): Readonly<Record<string, string>> {
  return { [WORK]: work, GREENROOM_JOB: job }
}

/** Whether a process with this environment (as `/proc/<pid>/environ` has it) works in this work area. */
export function bearsMark(environ: Buffer, work: string): boolean {
  return `\0${environ.toString('latin1')}\0`.includes(`\0${WORK}=${Buffer.from(work).toString('latin1')}\0`)
}
