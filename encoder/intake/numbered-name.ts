import { NAME_MAX, type PathBytes, splitExtension, truncateName } from './path-bytes.ts'

/** The name a file gets when its own is taken: 1 → itself, 2 → `film (2).mp4`. A stem that is too long is cut. */
export function numberedName(name: PathBytes, number: number): PathBytes {
  if (number === 1) return name
  const { stem, extension } = splitExtension(name)
  return numbered(stem, number, extension)
}

/** The same for a file that belongs to a source and keeps to its name: `film.en.srt` → `film (2).en.srt`. */
export function numberedCompanion(name: PathBytes, source: PathBytes, number: number): PathBytes {
  const { stem } = splitExtension(source)
  if (number === 1 || !name.subarray(0, stem.length).equals(stem)) return numberedName(name, number)
  return numbered(stem, number, name.subarray(stem.length))
}

/** A name and something after it (`.why.txt`), cut before it where both are too long together. */
export function withEnding(name: PathBytes, ending: string): PathBytes {
  return Buffer.concat([truncateName(name, NAME_MAX - ending.length), Buffer.from(ending)])
}

function numbered(stem: PathBytes, number: number, rest: PathBytes): PathBytes {
  const suffix = Buffer.from(` (${number})`)
  const room = NAME_MAX - suffix.length
  const ending = rest.length > room - 1 ? truncateName(rest, room - 1) : rest
  return Buffer.concat([truncateName(stem, room - ending.length), suffix, ending])
}
