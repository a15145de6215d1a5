/** A source that was claimed: moved out of the ingest folder, ours alone, with all that belongs to it. */
export interface ClaimedSource {
  /** Directory in the work area, `<work>/jobs/<job>/source`, that holds the source and what travels with it. */
  readonly directory: string
  /** Absolute path of the source in there, under a plain name (`source.mp4`): whatever bytes its own name has, no tool ever sees them. */
  readonly path: string
  /** Path below the ingest folder, for people: bytes that are no UTF-8 shown as `\xNN`, control characters escaped. */
  readonly name: string
  /** The same, exact, as base64 of the bytes: `done/` and `failed/` get the very name. */
  readonly name_bytes: string
  readonly size: number
  readonly mtime_ms: number
  readonly profile: string
  /** Name in the store, from path or options: letters, digits, `.`, `_`, `-`, folders by `/`. */
  readonly asset: string
  readonly options: SourceOptions
  /** Captions files beside it. */
  readonly captions: readonly SidecarCaptions[]
  /** All files that were claimed, the source first: what `done/` and `failed/` give back under their own names. */
  readonly files: readonly ClaimedFile[]
  /** What is wrong with the options file: the job fails with it (`refusalOf`) before anything is probed. Null: nothing. */
  readonly fault: ClaimFault | null
}

export interface ClaimedFile {
  /** Absolute path in the work area. */
  readonly path: string
  /** Exact path below the ingest folder, base64 of the bytes. */
  readonly name_bytes: string
}

/** A JobError of the kind `options_invalid`, as plain data. */
export interface ClaimFault {
  readonly message: string
  readonly advice: string
}

/** `<name>.json` beside the source. */
export interface SourceOptions {
  readonly asset?: string
  readonly profile?: string
  /** Language of audio tracks that do not say. */
  readonly language?: string
  readonly title?: string
  readonly priority?: number
  /** Languages and labels of captions files, by file name. */
  readonly captions?: Readonly<Record<string, { readonly language?: string; readonly label?: string; readonly default?: boolean; readonly forced?: boolean }>>
}

export interface SidecarCaptions {
  readonly path: string
  readonly language: string
  readonly label: string | null
  readonly default: boolean
  readonly forced: boolean
  readonly hearing_impaired: boolean
}

/** A file in the ingest folder that is not claimed yet, and why. */
export interface WaitingFile {
  readonly name: string
  readonly size: number
  /** RFC 3339. */
  readonly first_seen: string
  /** `settling`, `open_for_writing`, `temporary_name`, `intake_paused`, `no_space`, `unknown_profile`, `not_regular`, `symlink`, … */
  readonly reason: string
  /** One sentence for a person, with what will happen next. */
  readonly detail: string
  /** When it can be claimed at the earliest, RFC 3339; null where that is not known. */
  readonly until: string | null
}

/** What intake asks of the rest: whether it may claim now, and the ledger that a claim is written to first. */
export interface IntakeLedger {
  /** Null: claim. Else why not now: the reason and detail that waiting files show. */
  mayClaim(bytes: number): { readonly reason: string; readonly detail: string } | null
  /** Writes the claims before any file moves, all in one transaction; answers a job id for each, in order. */
  begin(claims: readonly PlannedClaim[]): readonly string[]
  /** The file and what belongs to it have arrived: the job may run. */
  claimed(job: string, source: ClaimedSource): void
  /** It could not be moved after all (gone, changed, no permission): the claim is taken back. */
  withdrawn(job: string, why: string): void
}

/** As far as it is known before anything has moved; `ClaimedSource` has the last word, also on profile and asset. */
export interface PlannedClaim {
  readonly name: string
  readonly name_bytes: string
  readonly size: number
  readonly mtime_ms: number
  readonly profile: string
  readonly asset: string
  /** Exact absolute paths (base64 of bytes) of all files that move, the source first: what a restart needs to finish or take back the claim. */
  readonly files: readonly string[]
}

/** A claim that a process began and did not live to end. */
export interface BegunClaim {
  readonly job: string
  readonly claim: PlannedClaim
}

export interface Intake {
  waiting(): readonly WaitingFile[]
  /** Problem of the ingest folder as a whole (missing, unmounted, inotify limit reached), or null. */
  problem(): { readonly code: string; readonly message: string; readonly blocking: boolean } | null
  pause(reason: string): void
  resume(): void
  /** By whom and why, while paused by hand. */
  readonly paused: string | null
  /** Looks at the folder at once; resolves when it has been looked at whole. */
  rescan(): Promise<void>
  /** Told when the list of waiting files changes. */
  subscribe(listener: () => void): () => void
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
