/** Something that is tidied up from time to time, and can be asked for at any time. */
export interface HousekeepingTask {
  readonly name: string
  /** Cron line, in UTC. */
  readonly cron: string
  /** With `dryRun` nothing is changed and the report says what would be. May be interrupted anywhere and run again. */
  run(signal: AbortSignal, options: { readonly dryRun: boolean }): Promise<HousekeepingReport>
}

export interface HousekeepingReport {
  /** One sentence for a person: `2 versions (640 objects, 1.2 GB) deleted`. */
  readonly summary: string
  /** Whether somebody should look at it. */
  readonly attention: boolean
  /** Everything, for machines. */
  readonly details: unknown
}
