import { wrap } from '../../shared/cli/table.ts'
import type { Style } from '../../shared/cli/terminal.ts'
import { ago, bytesOf, lengthOf, percent, timeOf } from '../../shared/cli/words.ts'
import type { JobDetail } from '../jobs/contract.ts'
import { stateWord } from './render-jobs.ts'

/** All there is to know of one job. */
export function jobText(job: JobDetail, style: Style, now: Date, columns: number): string {
  const field = (name: string, value: string | null) => (value === null || value === '' ? [] : wrap(value, Math.max(columns - 14, 30)).map((line, index) => `  ${(index === 0 ? name : '').padEnd(11)} ${line}`))
  const list = (name: string, lines: readonly string[]) => (lines.length === 0 ? [] : [`  ${style.bold(name)}`, ...lines.map((line) => `    ${line}`)])
  const { source, chunks, publishing, error, blocked, duration_s: duration } = job
  const why = error ?? blocked
  return `${[
    `${style.bold(job.asset)}: ${stateWord(job, style)}${job.paused && job.state !== 'queued' ? ` (${job.state})` : ''}`,
    ...field('job', job.id),
    ...field('source', `${source.name}, ${bytesOf(source.size)}${source.sha256 === null ? '' : `, sha256 ${source.sha256.slice(0, 16)}…`}`),
    ...field('profile', job.profile),
    ...field('version', job.version),
    ...field('duration', duration === null ? null : lengthOf(duration * 1000)),
    ...field('progress', progressLine(job)),
    ...field('chunks', chunks.planned === 0 ? null : `${chunks.done} of ${chunks.planned}${chunks.encoded > chunks.done ? `, ${chunks.encoded - chunks.done} encoded again` : ''}`),
    ...field('stored', publishing.objects === 0 ? null : `${publishing.stored} of ${publishing.objects} objects, ${bytesOf(publishing.stored_bytes)} of ${bytesOf(publishing.bytes)}`),
    ...field('playable', playableLine(job)),
    ...field('claimed', `${timeOf(job.created_at)} (${ago(job.created_at, now)})`),
    ...field('ended', job.ended_at === null ? null : `${timeOf(job.ended_at)} (${ago(job.ended_at, now)})`),
    ...field('priority', job.priority === 0 ? null : String(job.priority)),
    ...(why === null ? [] : field(error === null ? 'waits for' : 'failed', `${style.red(why.code)}: ${why.message}`)),
    ...(why === null ? [] : field('do', why.advice)),
    ...field('try again', blocked === null || blocked.retry_at === null ? null : timeOf(blocked.retry_at)),
    ...list('renditions', job.renditions.map(({ id, progress, detail }) => `${id.padEnd(8)} ${percent(progress).padStart(5)}  ${detail}`)),
    ...list('notes', job.notes),
    ...list('attempts', job.attempts.flatMap((attempt) => attemptLines(attempt))),
    ...list('history', job.history.map(({ at, state, detail }) => `${timeOf(at)}  ${state.padEnd(10)} ${detail}`)),
  ].join('\n')}\n`
}

/** What was published before had been playable before it was dropped again. */
function playableLine({ playable_at: at, created_at: claimed }: JobDetail): string | null {
  if (at === null) return null
  const after = Date.parse(at) - Date.parse(claimed)
  return `since ${timeOf(at)}, ${after < 0 ? 'before it was claimed' : `${lengthOf(after)} after it was claimed`}`
}

function progressLine({ progress, speed, eta_s: eta }: JobDetail): string {
  return [percent(progress), ...(speed === null ? [] : [`${speed.toFixed(2)} times real time`]), ...(eta === null ? [] : [`${lengthOf(eta * 1000)} left`])].join(', ')
}

function attemptLines({ number, started_at: started, ended_at: ended, outcome, stderr_tail: tail }: JobDetail['attempts'][number]): string[] {
  const took = ended === null ? 'running' : `took ${lengthOf(Date.parse(ended) - Date.parse(started))}`
  const last = tail.trimEnd().split('\n').filter(Boolean).slice(-10).map((line) => `  ${line}`)
  return [`${number}  ${timeOf(started)}, ${took}${outcome === null ? '' : `, ${outcome}`}`, ...last]
}
