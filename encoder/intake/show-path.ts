import type { PathBytes } from './path-bytes.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Control and format characters (a line feed, a change of writing direction), separators of lines, and the backslash that escapes them. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\\]/gu

/** A path for people, on one line: bytes that are no UTF-8 and characters that cannot be seen as `\xNN`, a backslash doubled. */
export function showPath(path: PathBytes): string {
  try {
    return escapeText(utf8.decode(path))
  } catch {
    return showPieces(path)
  }
}

function escapeText(text: string): string {
  return text.replaceAll(UNSHOWABLE, (character) => (character === '\\' ? '\\\\' : escapeBytes(Buffer.from(character))))
}

function escapeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}

function showPieces(path: PathBytes): string {
  let shown = ''
  let at = 0
  while (at < path.length) {
    const length = characterAt(path, at)
    const piece = path.subarray(at, at + Math.max(length, 1))
    shown += length === 0 ? escapeBytes(piece) : escapeText(utf8.decode(piece))
    at += piece.length
  }
  return shown
}

/** Length of the UTF-8 character that begins here; 0 when none does. */
function characterAt(path: PathBytes, at: number): number {
  for (let length = 1; length <= 4 && at + length <= path.length; length += 1) {
    try {
      utf8.decode(path.subarray(at, at + length))
      return length
    } catch {
      // Not whole yet, or none at all.
    }
  }
  return 0
}
