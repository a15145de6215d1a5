import type { AgentConfig } from '../config.ts'
import type { Master } from '../nginx/process/master.ts'
import type { RunNginx } from '../nginx/process/run-nginx.ts'
import type { Tree } from '../nginx/syntax/tree.ts'
import type { Listener } from '../../shared/sockets/listeners.ts'
import type { Again } from '../../shared/cli/cli.ts'
import type { Finding } from '../../shared/doctor/finding.ts'

/** What the checks look at, read once. */
export interface DoctorHost {
  readonly configFile: string
  readonly config: AgentConfig
  /** Makes lines that people paste: with this configuration again. */
  readonly again: Again
  readonly run: RunNginx
  /** Null when Nginx is not running. */
  readonly master: Master | null
  /** Null where the program cannot be run. */
  readonly version: string | null
  /** Nginx's configuration on disk; null where it cannot be read. */
  readonly tree: Tree | null
  readonly listeners: readonly Listener[]
  /** Value of PATH. */
  readonly path: string
  readonly now: Date
  /** Uid of this process. */
  readonly uid: number
}

/** One check: looks, changes nothing. */
export type Check = (host: DoctorHost) => Promise<readonly Finding[]>
