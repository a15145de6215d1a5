import { open } from 'node:fs/promises'
import { ConfigError, parseConfig } from '../config/load.ts'
import { messageOf, systemCodeOf } from '../errors/problem.ts'
import { tokensFormats, tokensRules, TokensFileSchema, type TokensFile } from './tokens-schema.ts'

export type { TokensFile }

/** The tokens file cannot be used; `message` names the file and the fix. */
export class TokensFileError extends Error {
  override readonly name = 'TokensFileError'
  readonly file: string

  constructor(file: string, what: string, cause?: unknown) {
    super(what, { cause })
    this.file = file
  }
}

/** Checks the text; throws TokensFileError with all faults. Quotes no value that may be a secret. */
export function parseTokens(file: string, text: string): TokensFile {
  try {
    return parseConfig(TokensFileSchema, text, file, { formats: tokensFormats, rules: tokensRules, secret: true })
  } catch (error) {
    if (error instanceof ConfigError) throw new TokensFileError(file, error.message, error)
    throw error
  }
}

/** Text of the file, and what tells one version of it from another. A missing file is an empty one. */
export async function readTokensText(file: string): Promise<{ text: string; version: string }> {
  let handle
  try {
    handle = await open(file, 'r')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { text: '', version: 'absent' }
    throw new TokensFileError(file, `${file} cannot be read: ${messageOf(error)}. The user of the daemon must own it`, error)
  }
  try {
    // One open file for all three questions: a replacement in between cannot mix two versions.
    const facts = await handle.stat({ bigint: true })
    if (!facts.isFile()) throw new TokensFileError(file, `${file} is not a file`)
    if ((facts.mode & 0o077n) !== 0n) {
      const mode = `0${(facts.mode & 0o777n).toString(8)}`
      throw new TokensFileError(file, `${file} can be read or written by others than its owner (mode ${mode}); it is not used. Run: chmod 600 ${file}`)
    }
    return { text: await handle.readFile('utf8'), version: versionOf(facts) }
  } finally {
    await handle.close()
  }
}

export function versionOf(facts: { readonly [fact in 'ino' | 'size' | 'mtimeNs' | 'ctimeNs' | 'mode']: bigint }): string {
  return [facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs, facts.mode].join(' ')
}
