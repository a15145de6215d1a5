import type { IncomingHttpHeaders } from 'node:http'
import type { ProblemDocument } from '../errors/problem.ts'

/** A problem that the daemon answered with. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly document: ProblemDocument
  /** The answer exactly as it came, for `--json`. */
  readonly text: string
  readonly headers: IncomingHttpHeaders

  constructor(document: ProblemDocument, text: string, headers: IncomingHttpHeaders) {
    super(document.detail)
    this.document = document
    this.text = text
    this.headers = headers
  }
}

/** A problem with what else a person wants to know about it, found out by further questions. */
export class ExplainedProblem extends Error {
  override readonly name = 'ExplainedProblem'
  readonly problem: ApiProblem
  readonly notes: readonly string[]
  readonly next: readonly string[]

  constructor(problem: ApiProblem, notes: readonly string[], next: readonly string[]) {
    super(problem.message, { cause: problem })
    this.problem = problem
    this.notes = notes
    this.next = next
  }
}
