import type { Format } from '../../config/formats.ts'

/** Answers by the name of their question. */
export type Answers = Readonly<Record<string, string>>

/** One thing that `init` has to know: a flag of the command, else asked on a terminal, else its default. */
export interface Question {
  readonly name: string
  /** Placeholder of the flag: `host:port`. */
  readonly value: string
  /** As a flag is described and a person is asked: `address of the API for CI`. */
  readonly text: string
  readonly fallback: string
  /** Whether it matters, given the answers so far. */
  readonly when?: (answers: Answers) => boolean
  /** What is wrong with an answer; null when nothing is. */
  readonly fault?: (answer: string) => string | null
  /** Typed unseen, and no flag: other users see the words of a command. */
  readonly secret?: boolean
}

/** What is wrong with an answer that goes into the configuration, told while it can be typed again. */
export function faultOf(format: Format, answer: string): string | null {
  const expected = format.check(answer)
  return expected === undefined ? null : `expected ${expected}`
}

/** Asks a person one question; answers the line that was typed. */
export type Ask = (prompt: string, secret: boolean) => Promise<string>

/** Answers all questions that matter. `ask` is null where nobody can be asked. Throws an Error that names the flag. */
export async function answer(questions: readonly Question[], given: Answers, ask: Ask | null): Promise<Answers> {
  const answers: Record<string, string> = {}
  for (const question of questions) {
    const { name, when, fault } = question
    if (when !== undefined && !when(answers)) continue
    const flag = given[name]
    if (flag !== undefined || ask === null) {
      const taken = flag ?? question.fallback
      const wrong = fault?.(taken) ?? null
      if (wrong !== null) throw new Error(`--${name} ${taken}: ${wrong}`)
      answers[name] = taken
    } else answers[name] = await askUntilRight(question, ask)
  }
  return answers
}

async function askUntilRight({ text, fallback, fault, secret = false }: Question, ask: Ask): Promise<string> {
  const hint = secret || fallback === '' ? '' : ` [${fallback}]`
  let wrong: string | null = null
  for (;;) {
    const typed: string = (await ask(`${wrong === null ? '' : `${wrong.replace(/\.$/, '')}. `}${text.charAt(0).toUpperCase()}${text.slice(1)}${hint}: `, secret)).trim()
    const taken: string = typed === '' ? fallback : typed
    wrong = fault?.(taken) ?? null
    if (wrong === null) return taken
  }
}
