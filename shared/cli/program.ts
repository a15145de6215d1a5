import type { Daemon } from '../daemon.ts'
import type { ProblemKind } from '../errors/problem.ts'

/** A parsed TOML table. */
export type TomlTable = Readonly<Record<string, unknown>>

/** A daemon as its command line has to know it: where its configuration is, what that says when it says nothing. */
export interface Program extends Daemon {
  /** Default of `--config`. */
  readonly configFile: string
  /** Port of the API in examples. */
  readonly port: number
  /** Defaults of the few settings that commands need of the configuration; a test holds them and the schema together. */
  readonly defaults: { readonly listen: readonly string[]; readonly tokensFile: string; readonly stateDir: string }
  /** Where the configuration names the directory that the daemon owns: `['state_dir']`. */
  readonly stateDirAt: readonly string[]
  /** The services that tokens may be limited to; null for a daemon that has none. */
  readonly services: ((config: TomlTable) => readonly string[]) | null
  /** Every problem that it answers with; their exit codes are the commands'. */
  readonly catalogue: readonly ProblemKind[]
  /** A command that works while the daemon is dead: `rollback SERVICE --offline`. */
  readonly withoutDaemon?: string
  /** What to say of a change whose answer was lost, by its path: how far it may have come, and how to find out. */
  readonly lostChange: (path: string) => string
}
