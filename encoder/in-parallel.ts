/** Does something with each item, a bounded number at a time. After the first failure no further one is begun; throws it when all that were begun have ended. */
export async function inParallel<T>(items: Iterable<T>, most: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = Iterator.from(items)
  const failures: unknown[] = []
  const worker = async () => {
    for (let next = iterator.next(); next.done !== true && failures.length === 0; next = iterator.next()) {
      try {
        await work(next.value)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: most }, worker))
  if (failures.length > 0) throw failures[0]
}
