import type { DaemonErrors } from './errors/api-errors.ts'

/** What tells one daemon from the other in what they share: in sentences, and in the errors that name it. */
export interface Daemon {
  /** Its command, and the name of its systemd unit: `greenroom-agent`. */
  readonly command: string
  /** What a sentence calls it: `agent`. */
  readonly noun: string
  readonly errors: DaemonErrors
}
