import { table, type Row } from '../../shared/cli/table.ts'
import type { Style } from '../../shared/cli/terminal.ts'
import { ago, bytesOf, clipped, count, lengthOf, percent } from '../../shared/cli/words.ts'
import type { JobState, JobView } from '../jobs/contract.ts'
import { inWords } from '../job-errors.ts'
import { hasEnded } from '../jobs/states.ts'
import type { Bar } from './bar.ts'
import { shortId } from './find-job.ts'

const BAR_WIDTH = 12
/** Columns of the other cells of a row, with their gaps. */
const OTHERS = 62

export interface JobsLook {
  readonly columns: number
  readonly style: Style
  readonly now: Date
  /** Null: no bars, for what is no terminal. */
  readonly bar: Bar | null
}

/** Jobs, a row each; below it what it waits for or why it failed. */
export function jobsTable(jobs: readonly JobView[], look: JobsLook): string {
  const header = ['JOB', 'ASSET', 'STATE', 'PROGRESS', 'SPEED', 'LEFT'].map(look.style.bold)
  return table(header, jobs.map((job) => rowOf(job, look)), look.columns)
}

function rowOf(job: JobView, { columns, style, now, bar }: JobsLook): Row {
  const { asset, progress, speed, eta_s: eta, state } = job
  const ended = hasEnded(state)
  const share = percent(progress).padStart(5)
  const shown = ended && state !== 'done' ? '' : bar === null || ended ? share.trim() : `${bar(progress, BAR_WIDTH)} ${share}`
  const left = job.ended_at !== null ? ago(job.ended_at, now) : eta === null ? '' : lengthOf(eta * 1000)
  return {
    cells: [shortId(job.id), clipped(asset, Math.max(16, columns - OTHERS)), stateWord(job, style), shown, speed === null ? '' : `${speed.toFixed(speed < 1 ? 2 : 1)}x`, left],
    notes: notesOf(job, style),
  }
}

/** `encoding`, `paused`, `blocked`, coloured. */
export function stateWord({ state, paused, blocked }: JobView, style: Style): string {
  if (hasEnded(state)) return { done: style.green, failed: style.red, cancelled: style.yellow }[state as 'done' | 'failed' | 'cancelled'](state)
  if (blocked !== null) return style.yellow('blocked')
  if (paused) return style.yellow('paused')
  return state === 'queued' ? state : style.blue(state)
}

function notesOf({ state, blocked, error, publishing }: JobView, style: Style): string[] {
  if (error !== null) return [`${style.red(error.code)}: ${error.message}`, error.advice]
  if (blocked !== null) return [`${style.yellow(blocked.code)}: ${blocked.message}`, blocked.advice]
  return state === 'publishing' ? [`${publishing.stored} of ${count(publishing.objects, 'object')} stored, ${bytesOf(publishing.bytes - publishing.stored_bytes)} to go`] : []
}

/** What the whole looks like beside the jobs that are shown. */
export interface Surroundings {
  readonly counts: Readonly<Record<JobState, number>>
  readonly intake: { readonly waiting: number; readonly paused: string | null; readonly problem?: { readonly message: string } | null }
  readonly store: { readonly problem: { readonly message: string; readonly advice: string } | null; readonly objects: number; readonly bytes: number; readonly notices: number }
}

/** Lines on what else there is: ended jobs, waiting files, what stands in the way. */
export function surroundingLines({ counts, intake, store }: Surroundings, style: Style): string[] {
  const ended = (['done', 'failed', 'cancelled'] as const).flatMap((state) => (counts[state] === 0 ? [] : [`${counts[state]} ${state}`]))
  const { waiting, paused, problem = null } = intake
  return [
    ...(ended.length === 0 ? [] : [style.dim(`ended: ${ended.join(', ')} (jobs --all)`)]),
    ...(waiting === 0 ? [] : [`${count(waiting, 'file')} in the ingest folder ${waiting === 1 ? 'waits' : 'wait'} to be taken (waiting)`]),
    ...(paused === null ? [] : [`${style.yellow('intake is paused')} ${paused}`]),
    ...(problem === null ? [] : [`${style.yellow('intake')}: ${problem.message}`]),
    ...(store.problem === null ? [] : [`${style.yellow('nothing is stored right now')}: ${inWords(store.problem)}`]),
    ...(store.objects === 0 ? [] : [style.dim(`${count(store.objects, 'object')}, ${bytesOf(store.bytes)}, on the way to the store`)]),
    ...(store.notices === 0 ? [] : [style.yellow(`${count(store.notices, 'change')} of pointers still to be told (after_publish); the log says what is in the way`)]),
  ]
}
