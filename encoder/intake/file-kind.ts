import { keyOf, type PathBytes } from './path-bytes.ts'

/**
 * What a file in the ingest folder is by its name alone. `temporary`: another program is still at work on it.
 * `options` and `captions` belong to a source. `note`: a `.why.txt` of ours that came back with its source.
 */
export type FileKind = 'source' | 'options' | 'captions' | 'note' | 'temporary'

/** Endings under which browsers, editors and transfer programs write what is not whole yet. Rsync's `.name.XXXXXX` is a dotfile. */
const TEMPORARY = /(?:\.(?:part|partial|tmp|filepart|crdownload|download|sw[px])|~)$/i

export function kindOf(name: PathBytes): FileKind {
  const text = keyOf(name)
  if (text.startsWith('.') || TEMPORARY.test(text) || /^#.*#$/s.test(text)) return 'temporary'
  if (/\.why\.txt$/i.test(text)) return 'note'
  if (/\.json$/i.test(text)) return 'options'
  return /\.(?:srt|vtt)$/i.test(text) ? 'captions' : 'source'
}
