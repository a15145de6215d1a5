import type { ProblemDocument } from '../errors/problem.ts'
import type { Style } from './terminal.ts'

/** Something done in this process that did not succeed: its problem, and what else a person wants to know of it. */
export class ProblemReport extends Error {
  override readonly name = 'ProblemReport'
  readonly problem: ProblemDocument | null
  readonly notes: (style: Style) => readonly string[]

  constructor(message: string, problem: ProblemDocument | null, notes: (style: Style) => readonly string[]) {
    super(message)
    this.problem = problem
    this.notes = notes
  }
}
