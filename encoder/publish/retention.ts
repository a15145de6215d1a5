import type { VersionRow } from './ledger/versions.ts'

export interface Retention {
  /** Older ready versions that stay, beside the current one. */
  readonly keep_versions: number
  /** How long a version stays that was in view, from when it was replaced. */
  readonly grace_ms: number
}

type Candidate = Pick<VersionRow, 'version' | 'number' | 'state' | 'replaced_at'>

/** Versions of one asset that stay for ever: the current one, and the newest ready ones beside it. */
export function kept(versions: readonly Candidate[], current: string | null, { keep_versions }: Retention): Set<string> {
  const older = versions.filter(({ version, state }) => state === 'ready' && version !== current).toSorted(byAge)
  return new Set([...(current === null ? [] : [current]), ...older.slice(0, keep_versions).map(({ version }) => version)])
}

/** Versions of one asset that may go now: not kept, and past their grace. */
export function expired(versions: readonly Candidate[], current: string | null, retention: Retention, now: Date): string[] {
  const keeps = kept(versions, current, retention)
  return versions
    .filter(({ state }) => state === 'ready' || state === 'abandoned')
    .filter(({ version, replaced_at }) => !keeps.has(version) && (replaced_at === null || now.getTime() >= Date.parse(replaced_at) + retention.grace_ms))
    .map(({ version }) => version)
}

/** The newest first: by the order in which they were begun, which no clock that is set changes. */
export function byAge(a: Pick<Candidate, 'number'>, b: Pick<Candidate, 'number'>): number {
  return b.number - a.number
}
