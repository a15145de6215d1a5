import { appendFile, copyFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { JobDetail } from '../../encoder/jobs/contract.ts'
import type { TestEncoder } from './encoder.ts'
import { followJobs } from './job-events.ts'
import { until } from './until.ts'

/** A box of zeros that players skip. */
export function padding(bytes: number): Buffer {
  const box = Buffer.alloc(bytes)
  box.writeUInt32BE(bytes, 0)
  box.write('free', 4, 'latin1')
  return box
}

/** Drops a copy of the clip; what is appended makes its bytes its own. */
export async function dropCopy(encoder: TestEncoder, clip: string, name: string, pad: Buffer): Promise<void> {
  const copy = `${clip}.copy`
  await copyFile(clip, copy)
  await appendFile(copy, pad)
  await rename(copy, join(encoder.ingest, `${name}.mp4`))
}

/** Drops a source, begins an outage when its first chunk is made, and answers when all of it is made. */
export async function encodedMeanwhile(t: Test, encoder: TestEncoder, clip: string, name: string, pad: number, begin: () => void | Promise<void>): Promise<JobDetail['publishing']> {
  await using events = await followJobs(encoder, 100_000)
  await dropCopy(encoder, clip, name, padding(pad))
  await events.until(({ source, chunks }) => source.name === `${name}.mp4` && chunks.done >= 1)
  await begin()
  const made = await events.until(({ source, state }) => source.name === `${name}.mp4` && (state === 'publishing' || state === 'done'))
  t.equal(made.chunks.encoded, made.chunks.planned, `${name}: encoding went on`)
  return made.publishing
}

/** The same, of an outage in which nothing is stored: what the store lacks waits. */
export async function encodedInOutage(...of: Parameters<typeof encodedMeanwhile>): Promise<void> {
  const { objects, stored } = await encodedMeanwhile(...of)
  of[0].ok(stored < objects, `${stored} of ${objects} objects are stored`)
}

/** Waits until the API tells of this problem of the store. */
export async function storeProblem(encoder: TestEncoder, code: string): Promise<{ readonly code: string; readonly message: string; readonly advice: string }> {
  return until(`${code} is told`, async () => {
    const { body } = await encoder.call('GET', '/v1/store')
    const { problem } = body as { problem: { code: string; message: string; advice: string } | null }
    return problem?.code === code ? problem : null
  })
}

/** Everything drained by itself, nothing was encoded twice, and what lies there is what should. */
export async function drained(t: Test, encoder: TestEncoder, name: string): Promise<JobDetail> {
  const job = await encoder.reached(`${name}.mp4`, 'done')
  t.same([job.chunks.done, job.chunks.encoded], [job.chunks.planned, job.chunks.planned], `${name}: no chunk twice`)
  const { status, body } = await encoder.call('POST', '/v1/store/verify', { asset: name })
  t.same([status, (body as { faults: unknown }).faults], [200, []])
  return job
}
