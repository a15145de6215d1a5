import { stripVTControlCharacters } from 'node:util'
import type { Cli } from '../../shared/cli/cli.ts'
import type { Client } from '../../shared/cli/client.ts'
import type { Output } from '../../shared/cli/terminal.ts'
import { count } from '../../shared/cli/words.ts'
import { Problem } from '../../shared/errors/problem.ts'
import { JOB_STATES, type JobView } from '../jobs/contract.ts'
import { hasEnded } from '../jobs/states.ts'
import { barFor } from './bar.ts'
import { jobsTable, surroundingLines } from './render-jobs.ts'
import { askSurroundings, type JobsPage } from './surroundings.ts'

/** Ended jobs of this session that stay in sight. */
const ENDED_SHOWN = 5
const REDRAW_MS = 200
const LOOK_AROUND_MS = 5000

/** Shows the jobs as they go on, redrawn in place, until Ctrl-C. @throws Problem `unreachable` when the encoder ends the stream */
export async function showLive(cli: Cli, client: Client): Promise<void> {
  const { out, env } = cli.terminal
  const controller = new AbortController()
  const forget = cli.terminal.onInterrupt(() => controller.abort())
  const events = await client.events(controller.signal)
  const first = await client.call<JobsPage>('GET', '/v1/jobs', { query: { state: JOB_STATES.filter((state) => !hasEnded(state)).join(','), limit: 500 } })
  const jobs = new Map(first.body.jobs.map((job) => [job.id, job]))
  let around = { counts: first.body.counts, ...(await askSurroundings(client)) }
  const screen = screenOn(out)
  const bar = barFor(env)
  const draw = () => {
    const look = { columns: out.columns, style: out.style, now: cli.now(), bar }
    const shown = inOrder([...jobs.values()])
    const text = shown.length === 0 ? `No job is running.\n` : jobsTable(shown, look)
    screen.draw([...text.trimEnd().split('\n'), ...surroundingLines(around, out.style), out.style.dim('Ctrl-C ends this view; the jobs go on.')])
  }
  const lookAround = async () => {
    const page = await client.call<JobsPage>('GET', '/v1/jobs', { query: { limit: 1 } })
    around = { counts: page.body.counts, ...(await askSurroundings(client)) }
  }

  let changed = true
  const drawing = setInterval(() => {
    if (changed) draw()
    changed = false
  }, REDRAW_MS)
  const looking = setInterval(() => {
    // An encoder that is gone ends the stream, which tells of it.
    void lookAround().then(() => (changed = true), () => {})
  }, LOOK_AROUND_MS)
  try {
    draw()
    for await (const { event, data } of events) {
      changed = true
      if (event === 'job') jobs.set((data as JobView).id, data as JobView)
      if (event === 'intake') around = { ...around, intake: { ...around.intake, ...(data as { waiting: number; paused: string | null }) } }
    }
    draw()
    throw new Problem(cli.program.errors.unreachable, `The encoder at ${client.target.name} ended the connection: it stops, or was stopped.`, { target: client.target.name })
  } catch (error) {
    if (!controller.signal.aborted) throw error
    draw()
  } finally {
    clearInterval(drawing)
    clearInterval(looking)
    forget()
  }
}

/** The running and waiting by age, then those that ended while we looked, the last first. */
function inOrder(jobs: readonly JobView[]): JobView[] {
  const open = jobs.filter(({ state }) => !hasEnded(state)).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const ended = jobs.filter(({ state }) => hasEnded(state)).toSorted((a, b) => ((a.ended_at ?? '') < (b.ended_at ?? '') ? 1 : -1))
  return [...open, ...ended.slice(0, ENDED_SHOWN)]
}

/** Rewrites its lines where they stand; never more of them than the terminal has, since what has scrolled away cannot be rewritten. */
export function screenOn(out: Output): { draw(lines: readonly string[]): void } {
  let height = 0
  return {
    draw(lines) {
      const room = Math.max(4, (out.rows ?? 24) - 1)
      const kept = lines.length <= room ? lines : [...lines.slice(0, room - 1), out.style.dim(`… and ${count(lines.length - room + 1, 'more line')}`)]
      const text = kept.map((line) => `${cutTo(line, out.columns)}\u001B[K\n`).join('')
      out.write(`${height === 0 ? '' : `\u001B[${height}A`}${text}\u001B[J`)
      height = kept.length
    },
  }
}

function cutTo(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line)
  return Array.from(plain).length <= columns ? line : Array.from(plain).slice(0, columns).join('')
}
