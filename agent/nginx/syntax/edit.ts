/** Replaces the characters from `start` to `end` (offsets in the text as it was); an insertion where both are equal. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The text with all edits made. Edits at one place keep their order; overlapping ones throw a RangeError. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const sorted = edits.map((edit, order) => ({ ...edit, order })).toSorted((a, b) => a.start - b.start || a.end - b.end || a.order - b.order)
  let result = ''
  let at = 0
  for (const edit of sorted) {
    if (edit.start < at) throw new RangeError(`edits overlap at offset ${edit.start}`)
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at)
}
