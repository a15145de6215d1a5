import { open } from 'node:fs/promises'
import { gapBetween, GENESIS, type Head, readLine } from './chain.ts'
import { linesOf } from './lines.ts'

export interface Verification {
  readonly ok: boolean
  readonly lines: number
  /** Line numbers from 1; a cut tail is reported at the line after the last. */
  readonly faults: readonly { readonly line: number; readonly what: string }[]
}

/**
 * Finds each changed, missing, inserted, doubled or reordered line, and goes on after it. Lines cut off the end, or a
 * chain rewritten from some line on, show only against `expectedHead`, kept elsewhere: a later head is fine, the
 * journal may have grown since.
 */
export async function verifyJournal(path: string, expectedHead?: Head): Promise<Verification> {
  const faults: { line: number; what: string }[] = []
  let lines = 0
  let head = GENESIS
  await using file = await open(path, 'r')
  for await (const { bytes, whole } of linesOf(file)) {
    lines += 1
    const fault = (what: string) => faults.push({ line: lines, what })
    const read = readLine(bytes)
    if (!read.ok) {
      fault(whole ? read.what : `it is torn: ${read.what}, and it has no newline (the agent cuts it off at its next start)`)
      // Taken as standing in its right place, so that one changed line is one fault and not two.
      head = { seq: head.seq + 1, hash: '' }
      continue
    }
    if (!whole) fault('it has no newline')
    const { entry } = read
    const gap = head.hash === '' && entry.seq === head.seq + 1 ? undefined : gapBetween(head, entry)
    if (gap !== undefined) fault(gap)
    if (expectedHead?.seq === entry.seq && expectedHead.hash !== entry.hash) fault('it is not the line that was written here: the journal was rewritten')
    head = entry
  }
  if (expectedHead !== undefined && head.seq < expectedHead.seq) {
    const cut = expectedHead.seq - head.seq
    faults.push({ line: lines + 1, what: `${cut === 1 ? 'a line was' : `${cut} lines were`} cut off the end: the last should be number ${expectedHead.seq}` })
  }
  return { ok: faults.length === 0, lines, faults }
}
