/** The candidate that was probably meant by a mistyped word, or undefined when none is close. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const distance = editDistance(normalised(word), normalised(candidate))
    // Of two that are as close, the one that is only not finished: `of` is `off`, not `on`.
    const begun = distance === bestDistance && normalised(candidate).startsWith(normalised(word)) && !normalised(best ?? '').startsWith(normalised(word))
    if (distance < bestDistance || begun) {
      best = candidate
      bestDistance = distance
    }
  }
  if (best === undefined) return undefined
  // A third of the letters may be wrong; of a word of two or three, one.
  return bestDistance <= Math.max(1, Math.floor(Math.max(word.length, best.length) / 3)) ? best : undefined
}

function normalised(word: string): string {
  return word.toLowerCase().replaceAll('-', '_')
}

/** Letters to insert, remove, change, or swap with their neighbour to make one word of the other. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1))
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}
