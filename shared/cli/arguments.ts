import { InvalidArgumentError, type Argument } from 'commander'
import { nearest } from '../config/nearest.ts'
import { messageOf } from '../errors/problem.ts'
import { parseDuration } from '../units/duration.ts'

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
