import { stat } from 'node:fs/promises'
import { messageOf, systemCodeOf } from '../errors/problem.ts'
import type { Logger } from '../log.ts'
import { parseTokens, readTokensText, TokensFileError, versionOf, type TokensFile } from './tokens-file.ts'

const LOOK_EVERY_MS = 250

/** The credentials of this host, as the tokens file has them now. */
export interface TokenStore {
  /** Looks whether the file changed, at most each 250 ms. A change that cannot be used leaves what was before. */
  current(): Promise<TokensFile>
  /** Why the file on disk is not what is used; null when it is. */
  readonly problem: string | null
}

export interface TokenStoreOptions {
  readonly log: Logger
  /** Monotonic milliseconds. */
  readonly clock?: () => number
}

/** Reads the file. Throws TokensFileError when it cannot be used; a missing file is an empty one. */
export async function openTokens(file: string, { log, clock = () => performance.now() }: TokenStoreOptions): Promise<TokenStore> {
  let { text, version } = await readTokensText(file)
  let tokens = parseTokens(file, text)
  let lookedAt = clock()
  let looking: Promise<void> | null = null
  let problem: string | null = null
  if (version === 'absent') log.warn({ file }, 'there is no tokens file: only the unix socket can be used until "token create" makes one')

  const versionOnDisk = async () => {
    try {
      return versionOf(await stat(file, { bigint: true }))
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return 'absent'
      throw new TokensFileError(file, `${file} cannot be looked at: ${messageOf(error)}`, error)
    }
  }

  const look = async () => {
    try {
      if ((await versionOnDisk()) === version && problem === null) return
      const read = await readTokensText(file)
      const before = version
      tokens = parseTokens(file, read.text)
      version = read.version
      problem = null
      if (version !== before) log.info({ file, tokens: Object.keys(tokens.tokens).length }, 'tokens file read anew')
    } catch (error) {
      const what = `${messageOf(error)}; the tokens read before stay valid`
      // Said once for one fault, not at every look.
      if (what !== problem) log.error({ file }, what)
      problem = what
    }
  }

  return {
    async current() {
      if (looking === null && clock() - lookedAt >= LOOK_EVERY_MS) {
        looking = look().finally(() => {
          lookedAt = clock()
          looking = null
        })
      }
      if (looking !== null) await looking
      return tokens
    },
    get problem() {
      return problem
    },
  }
}
