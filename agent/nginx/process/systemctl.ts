import { execa } from 'execa'

export interface SystemctlRun {
  readonly ok: boolean
  readonly stdout: string
  /** What it said where it failed: never empty. */
  readonly said: string
}

export type Systemctl = (args: readonly string[]) => Promise<SystemctlRun>

const LONGEST_MS = 45_000

/** Runs systemctl, which waits for the job it asks for. It never asks a person for a password. */
export const systemctl: Systemctl = async (args) => {
  const result = await execa('systemctl', ['--no-ask-password', ...args], { reject: false, timeout: LONGEST_MS, stdin: 'ignore' })
  const said = result.code === 'ENOENT' ? 'there is no systemctl on this host' : (result.stderr ?? '').trim()
  return { ok: !result.failed, stdout: result.stdout ?? '', said: said === '' ? result.shortMessage ?? '' : said }
}
