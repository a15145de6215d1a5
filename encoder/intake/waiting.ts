import type { WaitingFile } from './contract.ts'
import type { FolderProblem } from './folder.ts'
import { judge, type Why } from './judge.ts'
import { showPath } from './show-path.ts'
import type { Moment, Tracked, TrackedFiles } from './tracked.ts'

export interface IntakeStanding {
  readonly files: TrackedFiles
  readonly settle: number
  readonly problem: FolderProblem | null
  readonly paused: string | null
  /** Keys of the sources that are being moved. */
  readonly claiming: ReadonlySet<string>
}

/** Why each file waits, in the order of their paths. */
export function waitingFiles({ files, settle, problem, paused, claiming }: IntakeStanding, now: Moment): WaitingFile[] {
  const { waiting } = judge(files, settle, now.elapsed)
  const general: Why | undefined =
    problem?.blocking === true ? { reason: 'intake_blocked', detail: problem.message, until: null } : paused === null ? undefined : { reason: 'intake_paused', detail: `Intake is paused: ${paused}.`, until: null }
  return [...files.values()]
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map((file) => {
      const { reason, detail, until } = claiming.has(file.key) ? CLAIMING : (waiting.get(file.key) ?? general ?? heldBy(file) ?? NEXT)
      return {
        name: showPath(file.below),
        size: Number(file.print.size),
        first_seen: new Date(file.firstSeen).toISOString(),
        reason,
        detail,
        until: until === null ? null : new Date(now.wall + until - now.elapsed).toISOString(),
      }
    })
}

const CLAIMING: Why = { reason: 'claiming', detail: 'It is being moved into the work area.', until: null }
const NEXT: Why = { reason: 'next', detail: 'It has settled and is taken next.', until: null }

function heldBy({ hold }: Tracked): Why | undefined {
  return hold && { reason: hold.reason, detail: hold.detail, until: hold.retryAt }
}
