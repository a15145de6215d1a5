/**
 * A name or path as the file system has it: any bytes but NUL (and, in a name, `/`). It never becomes text on its way
 * to a system call; what people see is made by `showPath`, what maps use by `keyOf`.
 */
export type PathBytes = Buffer

const SLASH = 0x2f
const DOT = 0x2e

/** Longest name that Linux file systems hold, in bytes. */
export const NAME_MAX = 255

export function toBytes(path: string | PathBytes): PathBytes {
  return typeof path === 'string' ? Buffer.from(path) : path
}

export function joinBytes(directory: string | PathBytes, ...names: readonly (string | PathBytes)[]): PathBytes {
  const parts = [toBytes(directory), ...names.map(toBytes)].filter((part) => part.length > 0)
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 || parts[index - 1]?.at(-1) === SLASH ? [part] : [Buffer.of(SLASH), part])))
}

/** The last component. */
export function nameOf(path: PathBytes): PathBytes {
  return path.subarray(path.lastIndexOf(SLASH) + 1)
}

/** All before the last component, without the slash; empty for a bare name, `/` for what lies in the root. */
export function parentOf(path: PathBytes): PathBytes {
  const end = path.lastIndexOf(SLASH)
  return end === 0 ? path.subarray(0, 1) : path.subarray(0, Math.max(end, 0))
}

export function componentsOf(path: PathBytes): PathBytes[] {
  const components: PathBytes[] = []
  let start = 0
  for (let at = 0; at <= path.length; at += 1) {
    if (at < path.length && path[at] !== SLASH) continue
    if (at > start) components.push(path.subarray(start, at))
    start = at + 1
  }
  return components
}

/** `film.en.srt` → `film.en` and `.srt`. A leading dot begins no extension. */
export function splitExtension(name: PathBytes): { readonly stem: PathBytes; readonly extension: PathBytes } {
  const dot = name.lastIndexOf(DOT)
  return dot <= 0 ? { stem: name, extension: name.subarray(name.length) } : { stem: name.subarray(0, dot), extension: name.subarray(dot) }
}

/** One character per byte: exact, and what is ASCII stays readable. For maps and for patterns over names. */
export function keyOf(path: PathBytes): string {
  return path.toString('latin1')
}

/** A name cut to a number of bytes, never within a UTF-8 character. */
export function truncateName(name: PathBytes, length: number): PathBytes {
  if (name.length <= length) return name
  let end = length
  while (end > 0 && ((name[end] ?? 0) & 0xc0) === 0x80) end -= 1
  // A run of continuation bytes longer than any character is no UTF-8: then the plain cut is as good.
  return name.subarray(0, length - end > 3 ? length : end)
}
