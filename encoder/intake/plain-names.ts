import { kindOf } from './file-kind.ts'
import { keyOf, nameOf, type PathBytes, splitExtension } from './path-bytes.ts'

/**
 * The names under which claimed files lie in the work area, the source first: no program ever sees the bytes of their
 * own. The source keeps a harmless ending, from which ffmpeg takes a hint.
 */
export function plainNames(files: readonly PathBytes[]): string[] {
  let captions = 0
  return files.map((path, index) => {
    const ending = keyOf(splitExtension(nameOf(path)).extension).toLowerCase()
    if (index === 0) return /^\.[a-z0-9]{1,8}$/.test(ending) ? `source${ending}` : 'source'
    return kindOf(nameOf(path)) === 'options' ? 'options.json' : `captions-${captions++}${ending}`
  })
}
