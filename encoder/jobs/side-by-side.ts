/** Does several things at the same time. The first failure ends the others, and is thrown once none of them goes on. */
export async function sideBySide(signal: AbortSignal, ...works: readonly ((signal: AbortSignal) => Promise<unknown>)[]): Promise<void> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  await Promise.allSettled(works.map(async (work) => work(either).catch((error: unknown) => failed.abort(error))))
  failed.signal.throwIfAborted()
}
