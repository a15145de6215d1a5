import type { DatabaseSync } from 'node:sqlite'
import type { Logger } from '../../shared/log.ts'
import type { EncoderConfig } from '../config.ts'
import type { Publisher } from '../publish/contract.ts'
import type { Tools } from '../tools.ts'
import type { DiskGuard } from './disk-guard.ts'
import type { JobLedger } from './ledger.ts'
import type { LiveProgress } from './live.ts'
import type { OnJobStep } from './steps.ts'
import type { WorkArea } from './work-area.ts'

/** What the steps of a job work with. */
export interface WorkParts {
  readonly config: EncoderConfig
  readonly log: Logger
  readonly database: DatabaseSync
  readonly ledger: JobLedger
  readonly live: LiveProgress
  readonly publisher: Publisher
  readonly area: WorkArea
  readonly disk: DiskGuard
  /** Looked at anew when a job begins: ffmpeg may have been installed or upgraded since. @throws JobError `tool_missing`, `tool_too_old` */
  readonly tools: () => Promise<Tools>
  /** Told each step as it is entered, before its first write; tests kill the process there. */
  readonly onStep?: OnJobStep | undefined
}
