import type { Colour, Pools, Route } from '../switching/route.ts'

/** What the proxy is to serve for one service. */
export interface ServicePlan {
  readonly name: string
  readonly route: Route
  readonly pools: Pools
}

/** What the proxy is to serve, all services of this host; in the order of the configuration. */
export type HostPlan = readonly ServicePlan[]

/** Proof that what was asked for is what is served; `evidence` in words for logs and people. */
export interface Proof {
  readonly evidence: string
}

/**
 * One prepared change, not yet visible to any request. An operation runs `apply` then `prove`;
 * when either fails, `restore`, which also proves what it restored.
 */
export interface TrafficChange {
  /** False when what is served is already what is asked for; `apply` then does nothing and `prove` still proves. */
  readonly changes: boolean
  /** Unified diff of the generated files that would change; '' when only markers do. */
  readonly diff: string
  /** Notes for the operation's `warnings`. */
  readonly warnings: readonly string[]
  /** Plain JSON, journaled before `apply`: all that another process needs to finish or restore the change. */
  readonly record: ChangeRecord
  apply(signal: AbortSignal): Promise<void>
  prove(signal: AbortSignal): Promise<Proof>
  restore(): Promise<Proof>
  /**
   * After the outcome is journaled: work that no request can see (the fallback colour in the generated file,
   * generations to prune). Answers with warnings; never throws for what can wait.
   */
  settle(): Promise<readonly string[]>
}

export type ChangeRecord =
  | {
      readonly mechanism: 'markers'
      readonly service: string
      /** Directory names under routes_dir: before (null: none), and after, in the order they are applied. */
      readonly from: string | null
      readonly to: readonly string[]
    }
  | {
      readonly mechanism: 'files'
      /** Directory below include_dir that holds the generated files `before/` and `after/` the change. */
      readonly copies: string
      readonly nonce_before: string | null
      readonly nonce_after: string
    }

export interface PrepareOptions {
  /** Overrides hand edits (keeping a copy) and foreign unfinished edits. */
  readonly force: boolean
  /** A rollback: lingering workers do not keep it from reloading. */
  readonly urgent: boolean
}

export interface LingeringWorker {
  readonly pid: number
  readonly age_ms: number
  readonly rss_bytes: number
}

/** What this host's proxy and its files look like right now; nothing is changed by looking. */
export interface Inspection {
  readonly running: boolean
  readonly pid: number | null
  readonly version: string | null
  readonly workers: number
  readonly lingering: readonly LingeringWorker[]
  /** Whether the configuration on disk includes the generated files; else what to add, and where, in words. */
  readonly included: boolean
  readonly include_hint: string | null
  /** Per service: whether some server block of the configuration sends traffic through it. */
  readonly wired: Readonly<Record<string, boolean>>
  /** Per service of strategy `instant`: what in its server blocks delays its switches or keeps them without effect, and the mend. */
  readonly hindrances: Readonly<Record<string, readonly string[]>>
  /** The generated files against the plan: missing, as wanted, made from another plan, or edited by hand. */
  readonly files: 'absent' | 'current' | 'outdated' | 'edited'
  readonly edited: readonly { readonly file: string; readonly diff: string }[]
  /** Whether the running proxy has loaded the generated files that are on disk. */
  readonly loaded: boolean
  /** Per service of strategy `instant`: whether its route markers exist. */
  readonly routed: Readonly<Record<string, boolean>>
  /** Per service of strategy `instant`: what the running proxy serves to unpinned clients; null when it does not tell. */
  readonly serving: Readonly<Record<string, Colour | null>>
  /** Per service: the route that markers or generated files on disk tell; null where they tell none. */
  readonly remains: Readonly<Record<string, Route | null>>
}

/** What was found, and done about it, for a change whose process died. */
export interface Recovered {
  readonly result: 'finished' | 'restored' | 'unproven'
  readonly detail: string
}

/** The small interface through which operations change traffic; Nginx today, DNS or a cloud balancer later. */
export interface Traffic {
  /**
   * Waits until a reload may be asked for, where the change needs one. Apart from `prepare`, so that nobody who needs
   * the proxy meanwhile waits behind it. Throws Problem `reload_budget`, and the signal’s reason when that comes first.
   */
  untilRoom(before: HostPlan, after: HostPlan, service: string, signal: AbortSignal): Promise<void>
  /** Throws a Problem when the change cannot be made (Nginx not running, files edited, candidate invalid, …). */
  prepare(before: HostPlan, after: HostPlan, service: string, options: PrepareOptions): Promise<TrafficChange>
  /** Like `prepare`, for all generated files at once: the first installation, and a changed configuration. */
  prepareInstall(plan: HostPlan, options: PrepareOptions): Promise<TrafficChange>
  /** Writes files and markers for a proxy that is not running or does not include them yet; proves nothing. */
  writeForLater(plan: HostPlan): Promise<void>
  /** What `settle` does, for all services: after a crash it may be undone. Needs no reload. Answers with warnings. */
  refresh(plan: HostPlan): Promise<readonly string[]>
  inspect(plan: HostPlan): Promise<Inspection>
  /** Removes what is left of services that were configured once and are not now. Nothing may be served from it any more. Answers with warnings. */
  forget(services: readonly string[]): Promise<readonly string[]>
  /** Services whose markers the running proxy does not see, so that it serves a fallback; one question over loopback. */
  unseen(plan: HostPlan): Promise<readonly string[]>
  /** Why a service’s markers are not seen, and what to do. */
  whyUnseen(service: string): Promise<string>
  /** A text that changes whenever the proxy is started, stopped or reloaded by anybody, or markers are lost; cheap enough to ask every second. */
  identity(): string
  /** Number of the marker directory that a service's route points to; null where there is none. */
  generation(service: string): number | null
  /** Compares record, disk and the running proxy; finishes what is proven, restores what is not. */
  recover(record: ChangeRecord, before: HostPlan, after: HostPlan, service: string): Promise<Recovered>
}
