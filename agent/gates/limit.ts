/** Answers a function that runs tasks, at most `most` of them at a time, the others in the order they came. */
export function limit(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (task) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await task()
    } finally {
      // The place goes straight to the next in line, so that `running` stays as it is.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
