/** What one look at the host found. */
export interface Finding {
  readonly check: string
  /** `fail`: something does not work, or will lose requests. `warn`: it works, but not as well as it could. */
  readonly state: 'ok' | 'warn' | 'fail'
  readonly what: string
  /** What to do about it; null where nothing is to be done. */
  readonly mend: string | null
}

export function ok(check: string, what: string): Finding {
  return { check, state: 'ok', what, mend: null }
}

export function warn(check: string, what: string, mend: string): Finding {
  return { check, state: 'warn', what, mend }
}

export function fail(check: string, what: string, mend: string): Finding {
  return { check, state: 'fail', what, mend }
}
