import { runInNewContext } from 'node:vm'
import type { HttpAnswer } from '../../shared/http/request.ts'

export interface Expectation {
  readonly status: readonly number[]
  /** Exact values; names in any case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly contains?: string; readonly matches?: string } | undefined
}

/** The first thing about the answer that is not as expected, in words; null when all is. */
export function unmet(answer: HttpAnswer, expected: Expectation): string | null {
  if (!expected.status.includes(answer.status)) return `status ${answer.status} instead of ${expected.status.join(' or ')}`
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    const found = headerOf(answer, name)
    if (found === undefined) return `no header ${name}`
    if (found !== value) return `header ${name} is ${quote(found)} instead of ${quote(value)}`
  }
  const { contains, matches } = expected.body ?? {}
  if (contains !== undefined && !answer.body.includes(contains)) return `the body does not contain ${quote(contains)}: ${quote(answer.body)}`
  if (matches !== undefined) return unmatched(answer.body, matches)
  return null
}

/** A header of the answer, several of one name joined as one. */
export function headerOf(answer: HttpAnswer, name: string): string | undefined {
  const value = answer.headers[name.toLowerCase()]
  return Array.isArray(value) ? value.join(', ') : value
}

/** The beginning of a foreign text, safe for one line of a log or a terminal. */
export function quote(text: string, most = 100): string {
  return JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text)
}

const MATCH_TIMEOUT = 100

/** A pattern that backtracks without end on an unlucky body would stop the whole agent: so it runs under a time limit. */
function unmatched(body: string, pattern: string): string | null {
  try {
    const matched: unknown = runInNewContext('new RegExp(pattern).test(body)', { pattern, body }, { timeout: MATCH_TIMEOUT })
    return matched === true ? null : `the body does not match /${pattern}/: ${quote(body)}`
  } catch (error) {
    if (!isTimeout(error)) throw error
    return `matching the body with /${pattern}/ took over ${MATCH_TIMEOUT} ms: use a simpler pattern`
  }
}

/** The error belongs to the other context, so it is no `instanceof Error` of this one. */
function isTimeout(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}
