import type { JournalEntry } from '../journal/entries.ts'
import type { AuditEntry } from '../switching/contract.ts'
import { outcomeWord } from './render-operation.ts'
import { table, type Row } from '../../shared/cli/table.ts'
import type { Style } from '../../shared/cli/terminal.ts'
import { timeOf } from '../../shared/cli/words.ts'
import { deedOf } from './words.ts'

function rowOf(line: AuditEntry, style: Style): Row {
  const entry = line as unknown as JournalEntry
  const cells = (what: string, actor: string) => [String(line.seq), timeOf(line.at), actor, what]
  switch (entry.type) {
    case 'opened':
      return { cells: cells(`the agent began (process ${entry.pid})`, 'agent'), notes: entry.warnings }
    case 'intent': {
      const { operation } = entry
      return { cells: cells(`${operation.service}: ${deedOf(operation)} begins to be applied`, operation.actor), notes: [operation.id] }
    }
    case 'outcome': {
      const { operation } = entry
      const { id, reason, problem } = operation
      return {
        cells: cells(`${operation.service}: ${deedOf(operation)} ${outcomeWord(operation, style)}`, operation.actor),
        notes: [`${id}${reason === null ? '' : ` "${reason}"`}`, ...(problem === null ? [] : [problem.detail])],
      }
    }
    case 'attempt':
      return { cells: cells(`${entry.method} ${entry.path} ${style.yellow(`refused: ${entry.status} ${entry.code}`)}`, entry.actor), notes: [`from ${entry.source}`] }
    default:
      // A line of a newer agent: shown as far as it is understood.
      return { cells: cells((entry as { type?: string }).type ?? 'unknown', '') }
  }
}

/** The journal as people read it, oldest first. */
export function auditTable(lines: readonly AuditEntry[], columns: number, style: Style): string {
  if (lines.length === 0) return 'No lines.\n'
  return table(['LINE', 'TIME', 'BY', 'WHAT'].map(style.bold), lines.map((line) => rowOf(line, style)), columns)
}
