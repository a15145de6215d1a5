import type { FaultKind } from '../job-errors.ts'
import type { RepairReport, VerifyReport } from '../publish/admin.ts'
import type { AssetList, AssetPage, AssetRecord, PublishProblem } from '../publish/contract.ts'
import type { WaitingFile } from '../intake/contract.ts'

/**
 * The states of a job; docs/reference/job-states.md is the whole machine.
 *
 *     claiming → queued → probing → encoding → publishing → finishing → done
 *                                                                     → failed, cancelled
 *
 * A job keeps its state while it is paused or blocked; both say so beside it.
 */
export const JOB_STATES = ['claiming', 'queued', 'probing', 'encoding', 'publishing', 'finishing', 'done', 'failed', 'cancelled'] as const
export type JobState = (typeof JOB_STATES)[number]

/** A job as API and command line show it. Times RFC 3339 UTC. */
export interface JobView {
  readonly id: string
  readonly asset: string
  readonly profile: string
  readonly version: string
  readonly source: { readonly name: string; readonly size: number; readonly sha256: string | null }
  readonly state: JobState
  readonly paused: boolean
  /** Waits for something that is not its turn: the tool, the host or the store. */
  readonly blocked: { readonly fault: FaultKind; readonly code: string; readonly message: string; readonly advice: string; readonly since: string; readonly retry_at: string | null } | null
  readonly priority: number
  readonly attempt: number
  /** From 0 to 1, over all of the work. */
  readonly progress: number
  /** Media seconds per second while encoding; else null. */
  readonly speed: number | null
  readonly eta_s: number | null
  readonly duration_s: number | null
  readonly renditions: readonly RenditionView[]
  /** Chunks encoded in all, over all attempts; a chunk encoded twice counts twice. */
  readonly chunks: { readonly planned: number; readonly done: number; readonly encoded: number }
  readonly publishing: { readonly objects: number; readonly stored: number; readonly bytes: number; readonly stored_bytes: number }
  /** When the asset could be played for the first time. */
  readonly playable_at: string | null
  readonly notes: readonly string[]
  /** Why it failed. */
  readonly error: { readonly fault: FaultKind; readonly code: string; readonly message: string; readonly advice: string; readonly at_s: number | null } | null
  readonly created_at: string
  readonly started_at: string | null
  readonly ended_at: string | null
}

export interface RenditionView {
  readonly id: string
  readonly kind: 'video' | 'audio' | 'captions'
  readonly progress: number
  /** `1280x720 h264`, `stereo aac en`. */
  readonly detail: string
}

/** With what `show` needs: history and the tool's last words. */
export interface JobDetail extends JobView {
  readonly attempts: readonly { readonly number: number; readonly started_at: string; readonly ended_at: string | null; readonly outcome: string | null; readonly stderr_tail: string }[]
  readonly history: readonly { readonly at: string; readonly state: JobState; readonly detail: string }[]
}

export type EncoderEvent =
  | { readonly type: 'job'; readonly job: JobView }
  | { readonly type: 'asset'; readonly asset: AssetRecord }
  | { readonly type: 'intake'; readonly waiting: number; readonly paused: string | null }

export interface JobFilter {
  readonly states?: readonly JobState[]
  readonly asset?: string
  readonly limit?: number
  /** Only jobs older than this id. */
  readonly before?: string
}

/** The running encoder as its API sees it. Methods that change throw Problems of encoder/errors.ts. */
export interface EncoderControl {
  /** The running and waiting first, then the newest. */
  jobs(filter?: JobFilter): readonly JobView[]
  job(id: string): JobDetail
  /** How many jobs there are in each state. */
  counts(): Readonly<Record<JobState, number>>
  retry(id: string): Promise<JobView>
  cancel(id: string): Promise<JobView>
  pause(id: string): Promise<JobView>
  resume(id: string): Promise<JobView>
  /** Higher goes first; 0 by default. */
  prioritise(id: string, priority: number): JobView
  waiting(): readonly WaitingFile[]
  intake(): { readonly paused: string | null; readonly problem: { readonly code: string; readonly message: string } | null; readonly waiting: number }
  pauseIntake(reason: string): void
  resumeIntake(): void
  assets(page: AssetPage): AssetList
  asset(name: string): AssetRecord
  rollbackAsset(name: string, to?: string): Promise<AssetRecord>
  /** Puts the kept source of an asset back into the ingest folder, to be made anew by the profile of today. Answers its name there. */
  reencode(asset: string): Promise<{ readonly name: string }>
  /** Reads back what lies in the store, of one asset or of all, and compares it with the ledger. */
  verify(asset: string | undefined, signal: AbortSignal): Promise<VerifyReport>
  /** Verifies, and stores again from the work area what is missing or wrong. */
  repair(asset: string | undefined, signal: AbortSignal): Promise<RepairReport>
  /** Runs the tasks of housekeeping now. */
  housekeeping(options: { readonly dryRun: boolean }): Promise<readonly { readonly task: string; readonly summary: string; readonly attention: boolean; readonly details: unknown }[]>
  publishing(): { readonly problem: PublishProblem | null; readonly objects: number; readonly bytes: number; readonly notices: number }
  ready(): { readonly ready: boolean; readonly problems: readonly string[] }
  subscribe(listener: (event: EncoderEvent) => void): () => void
}
