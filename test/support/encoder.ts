import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify, type TomlTable } from 'smol-toml'
import type { JobDetail, JobView } from '../../encoder/jobs/contract.ts'
import { addToken } from '../../shared/auth/manage-tokens.ts'
import { daemon, type Daemon } from './daemon.ts'
import { followJobs } from './job-events.ts'
import { freePort } from './ports.ts'

export const ENCODER_MAIN = new URL('../../encoder/main.ts', import.meta.url).pathname
const DOOMED = new URL('doomed-encoder.ts', import.meta.url).pathname

/** One small fast rung and short chunks, so that a test has joins without waiting for them. */
export const QUICK_PROFILE: TomlTable = {
  rungs: [{ id: 'v90', short_side: 90, crf: 30, maxrate_kbps: 300 }],
  preset: 'ultrafast',
  segment: '1s',
  chunk: '2s',
}

export interface TestEncoderOptions {
  /** A directory of its own; everything but the store’s server lies in it. */
  readonly root: string
  /** Tables of encoder.toml over those of the test. */
  readonly settings?: Readonly<Record<string, TomlTable>>
  /** The `[profiles]` table. Default: `default` is QUICK_PROFILE. */
  readonly profiles?: TomlTable
  readonly env?: NodeJS.ProcessEnv
  /** How long `reached` waits, in ms. Default: less than a test may take. */
  readonly patience?: number
}

/** A real encoder process, `node encoder/main.ts run`, with folders of its own and, unless told otherwise, the directory store. */
export interface TestEncoder extends Daemon {
  readonly ingest: string
  readonly work: string
  /** Root of the directory store. */
  readonly media: string
  readonly socket: string
  /** Starts an encoder that kills itself with SIGKILL the `count`th time it enters a step, of jobs that begin after it. */
  startDoomed(step: string, count?: number): Promise<void>
  /** Jobs as the API lists them, the unfinished first. */
  jobs(query?: string): Promise<JobView[]>
  /** Waits until the newest job of this source (path below ingest), newer than the job `after`, is in this state, or one of these; fails at once when it ends otherwise. */
  reached(name: string, states: JobView['state'] | readonly JobView['state'][], after?: string): Promise<JobDetail>
}

const ENDED = new Set<JobView['state']>(['done', 'failed', 'cancelled'])

/** Writes configuration and tokens for an encoder on free ports and makes its folders; does not start it. */
export async function testEncoder({ root, settings = {}, profiles = { default: QUICK_PROFILE }, env = {}, patience = 110_000 }: TestEncoderOptions): Promise<TestEncoder> {
  const at = (name: string) => join(root, name)
  for (const name of ['ingest', 'work', 'media']) await mkdir(at(name), { recursive: true })
  const port = await freePort()
  const tables: Record<string, TomlTable> = {
    ingest: { directory: at('ingest'), settle: '200ms', rescan: '1s' },
    work: { directory: at('work'), min_free: '64MiB' },
    store: { kind: 'directory', directory: at('media') },
    profiles,
    api: { listen: [`127.0.0.1:${port}`, `unix:${at('api.sock')}`], tokens_file: at('tokens.toml') },
  }
  for (const [name, table] of Object.entries(settings)) tables[name] = { ...tables[name], ...table }
  await writeFile(at('encoder.toml'), stringify(tables))
  const token = await addToken(at('tokens.toml'), { name: 'test', role: 'admin' })
  const running = daemon({ name: 'encoder', main: ENCODER_MAIN, config: at('encoder.toml'), url: `http://127.0.0.1:${port}`, token, env })

  const encoder: TestEncoder = {
    ...running,
    get pid() {
      return running.pid
    },
    ingest: at('ingest'),
    work: at('work'),
    media: at('media'),
    socket: at('api.sock'),
    startDoomed: async (step, count = 1) => running.launch([DOOMED, at('encoder.toml'), step, String(count)]),
    async jobs(query = '') {
      const { status, body } = await running.call('GET', `/v1/jobs${query}`)
      if (status !== 200) throw new Error(`GET /v1/jobs answered ${status}: ${JSON.stringify(body)}`)
      return (body as { jobs: JobView[] }).jobs
    },
    async reached(name, states, after = '') {
      let last: JobView | undefined
      const arrived = (job: JobView) => {
        if (job.source.name !== name || job.id <= after || (last !== undefined && job.id < last.id)) return false
        last = job
        if ([states].flat().includes(job.state)) return true
        if (ENDED.has(job.state)) throw new Error(`the job of ${name} is ${job.state}`)
        return false
      }
      try {
        // The stream is opened first, so that nothing falls between it and the list.
        await using events = await followJobs(running, patience)
        const known = (await encoder.jobs('?limit=500')).filter((job) => job.source.name === name).toSorted((a, b) => a.id.localeCompare(b.id)).at(-1)
        if (known === undefined || !arrived(known)) await events.until(arrived)
      } catch (error) {
        throw new Error(`${name} did not become ${states.toString()}: ${String(error)}\n${JSON.stringify(last, null, 1)}\n${running.output().slice(-4000)}`, { cause: error })
      }
      return (await running.call('GET', `/v1/jobs/${last?.id}`)).body as JobDetail
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    },
  }
  return encoder
}
