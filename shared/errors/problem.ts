/** One entry of an error catalogue: what stays the same each time the error is raised. */
export interface ProblemKind {
  /** Stable, machine-readable name; documented in docs/reference/errors.md. */
  readonly code: string
  /** HTTP status of the answer that carries it. */
  readonly status: number
  readonly title: string
  /** Exit code of a command that ends with it: 1 failed, 2 wrong usage or config, 3 refused. */
  readonly exit: 1 | 2 | 3
}

/** A problem document of RFC 9457; members beyond the standard ones carry the facts of the case. */
export interface ProblemDocument {
  type: string
  title: string
  status: number
  code: string
  detail: string
  [fact: string]: unknown
}

/**
 * An error a user is meant to read: its `message` says what happened, where, and what to do next.
 * Facts (an operation's id, a file, a line) are fields, never text to be parsed.
 */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly kind: ProblemKind
  readonly facts: Readonly<Record<string, unknown>>

  constructor(kind: ProblemKind, detail: string, facts: Record<string, unknown> = {}, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.facts = facts
  }

  get code(): string {
    return this.kind.code
  }

  toDocument(): ProblemDocument {
    const { code, status, title } = this.kind
    return { ...this.facts, type: `/errors#${code}`, title, status, code, detail: this.message }
  }
}

/** The text of anything thrown, for a message that quotes its cause. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The `code` of a system error (`ENOSPC`, `ECONNREFUSED`), or undefined. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code
  return undefined
}
