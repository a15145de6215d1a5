/**
 * Answers a function that runs what it is given one after another, in the order of the calls.
 * A failure reaches its own caller only; the next in line runs all the same.
 */
export function serial(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return async (work) => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}
