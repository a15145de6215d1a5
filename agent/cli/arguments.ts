import { InvalidArgumentError, type Argument, type Command } from 'commander'
import { parseDuration } from '../../shared/units/duration.ts'
import { messageOf } from '../../shared/errors/problem.ts'
import { reaching } from './cli.ts'
import { nearest } from '../../shared/config/nearest.ts'

/** ` Did you mean green?`, or nothing. */
function didYouMean(word: string, words: readonly string[]): string {
  const meant = nearest(word, words)
  return meant === undefined ? '' : ` Did you mean ${meant}?`
}

/** A parser for words out of a fixed list, which guesses what was meant. */
export function oneOf<const W extends string>(words: readonly W[]): (text: string) => W {
  return (text) => {
    const word = words.find((candidate) => candidate === text)
    if (word === undefined) throw new InvalidArgumentError(`Expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}.${didYouMean(text, words)}`)
    return word
  }
}

/** Names the words of an argument for help and completion, and parses them with a guess. */
export function choice(argument: Argument, words: readonly string[]): Argument {
  argument.choices(words)
  return argument.argParser(oneOf(words))
}

/** A whole number in a range. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d{1,15}$/.test(text) || value < least || value > most) throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
    return value
  }
}

/** `host:port`; the agent checks it fully, this catches a forgotten port before anything is asked. */
export function server(text: string, before: readonly string[] = []): string[] {
  const port = Number(/^(?:[^\s:/]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text)?.[1])
  if (!(port >= 1 && port <= 65_535)) throw new InvalidArgumentError('Expected host:port, such as 127.0.0.1:3001 or [::1]:3001.')
  return [...before, text]
}

/** Adds the options of every command that changes a service. */
export function changing(command: Command): Command {
  return reaching(
    command
      .option('--reason <text>', 'why, for the journal')
      .option('--dry-run', 'check the gates and show what would change; change nothing')
      .option('--force', 'override a refusing gate, an edited file, a live pool')
      .option('--if-revision <number>', 'only if the service is still at this revision', integer(1, Number.MAX_SAFE_INTEGER)),
  )
}

/** A length of time such as `90d`, in ms. */
export function durationOption(text: string): number {
  let ms: number
  try {
    ms = parseDuration(text)
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error))
  }
  if (ms <= 0) throw new InvalidArgumentError('Expected more than nothing, such as 90d.')
  return ms
}

/** Names with commas between. */
export function namesOption(text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('Expected names with commas between, such as app,web.')
  return names
}

export function nameOption(pattern: RegExp): (text: string) => string {
  return (text) => {
    if (!pattern.test(text)) throw new InvalidArgumentError('Expected lower-case letters, digits and "-", a letter first, at most 32 characters.')
    return text
  }
}
