import { createTwoFilesPatch } from 'diff'

/** A unified diff; null stands for a file that does not exist. */
export function diffOf(path: string, before: string | null, after: string | null): string {
  if (before === after) return ''
  const name = (text: string | null) => (text === null ? '/dev/null' : path)
  return createTwoFilesPatch(name(before), name(after), before ?? '', after ?? '', undefined, undefined, { context: 3 }).replace(/^(?:Index: .*\n)?=+\n/, '')
}
