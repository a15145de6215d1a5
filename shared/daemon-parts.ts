import type { Listening } from './api/listen.ts'
import { openTokens, type TokenStore } from './auth/token-store.ts'
import { messageOf, Problem, type ProblemKind } from './errors/problem.ts'
import type { Logger } from './log.ts'

/** The tokens file of `api.tokens_file`. @throws Problem of the given kind (`config_invalid`) when it cannot be used */
export async function readTokens(file: string, log: Logger, invalid: ProblemKind): Promise<TokenStore> {
  try {
    return await openTokens(file, { log })
  } catch (error) {
    throw new Problem(invalid, `api.tokens_file: ${messageOf(error)}`, { file }, error)
  }
}

/** Answers what ends a daemon, once however often it is called. API and work end together: what is under way ends so that its callers get an answer, while no new call is taken. */
export function stopTogether(listening: Listening, resources: AsyncDisposableStack): () => Promise<void> {
  const stop = async () => {
    const closed = listening.close()
    try {
      await resources.disposeAsync()
    } finally {
      await closed
    }
  }
  let stopping: Promise<void> | null = null
  return () => (stopping ??= stop())
}
