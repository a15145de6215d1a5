import { nonceIn } from '../generated/ownership.ts'
import { HTTP_FILE } from '../names.ts'

/** The nonce that a set of generated files makes the generated server answer with; null when it has no such server. */
export function nonceOf(texts: ReadonlyMap<string, string>): string | null {
  return nonceIn(texts.get(HTTP_FILE) ?? '')
}
