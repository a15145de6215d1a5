import { HTTP_FILE } from '../names.ts'

/** The nonce that a set of generated files makes the generated server answer with; null when it has no such server. */
export function nonceOf(texts: ReadonlyMap<string, string>): string | null {
  return /location = \/greenroom\/nonce \{\s*return 200 "?([\w-]{1,64})"?;/.exec(texts.get(HTTP_FILE) ?? '')?.[1] ?? null
}
