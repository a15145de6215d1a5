import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { remuxToMatroska } from '../../encode/remux.ts'
import type { ClaimedSource } from '../../intake/contract.ts'
import { makePlan } from '../../plan/make-plan.ts'
import { needsRemux } from '../../plan/video-plan.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Facts } from '../../probe/facts.ts'
import { judge } from '../../probe/judge.ts'
import { probeSource } from '../../probe/probe.ts'
import type { Tools } from '../../tools.ts'
import { lstatIfThere } from '../../intake/disk.ts'
import { hashCompanions, hashSource } from '../identify.ts'
import type { JobRow } from '../ledger.ts'
import type { WorkParts } from '../parts.ts'
import { profileOf } from '../profile-of.ts'

/** What is known of a source before anything is encoded. */
export interface Examined {
  readonly plan: Plan
  readonly source_sha256: string
  /** Of all that makes two versions of one source differ. */
  readonly recipe_hash: string
}

/** Looks at a source whole and decides what is made of it. @throws JobError of the source when nothing can be */
export async function examine(parts: WorkParts, row: JobRow, source: ClaimedSource, tools: Tools, signal: AbortSignal): Promise<Examined> {
  const { config } = parts
  const profile = profileOf(row, config)
  const probe = async (path: string): Promise<Facts> => probeSource({ path, tools, deadlineMs: config.jobs.probe_deadline, limits: profile.limits, signal })

  let facts = await probe(source.path)
  const sha256 = row.source_sha256 ?? (await hashSource(source.path, signal))
  const { late_s, video } = facts
  // Times that jump cannot be sought in; a copy into Matroska has them in order, and is what is encoded from then on.
  const copy = needsRemux(facts) ? await probe(await remuxSource(parts, row, source, late_s, tools, signal)) : null
  const remuxed = copy !== null && copy.video !== null
  if (remuxed) facts = { ...copy, late_s }
  const verdict = judge(remuxed ? ofSource(facts, video) : facts, profile, tools)
  const { options, captions } = source
  const plan = makePlan(facts, profile, { options, captions, threads: config.jobs.threads, cores: availableParallelism(), verdict, remuxed })
  return { plan, source_sha256: sha256, recipe_hash: await hashCompanions(source, plan.profile_hash, signal) }
}

/** The facts of a copy, with what is to be told of the source itself. */
function ofSource(copy: Facts, video: Facts['video']): Facts {
  return { ...copy, video: copy.video === null ? null : { ...copy.video, jumps: video?.jumps ?? [] } }
}

/** The file that is encoded: the source, or its remux, which a restart may find gone and makes again. */
export async function encodedSource(parts: WorkParts, row: JobRow, source: ClaimedSource, plan: Plan, tools: Tools, signal: AbortSignal): Promise<string> {
  if (plan.video?.remux !== true) return source.path
  const made = remuxOf(parts, row)
  return (await lstatIfThere(Buffer.from(made))) === undefined ? remuxSource(parts, row, source, plan.video.late_s, tools, signal) : made
}

async function remuxSource(parts: WorkParts, row: JobRow, source: ClaimedSource, late_s: number | null, tools: Tools, signal: AbortSignal): Promise<string> {
  const { area, config } = parts
  const target = remuxOf(parts, row)
  await remuxToMatroska({ source: source.path, target, late_s, tools, signal, stallMs: config.jobs.stall, mark: area.mark(row.id) })
  return target
}

/** It appears there when it is whole. */
function remuxOf({ area }: WorkParts, { id }: JobRow): string {
  return join(area.job(id), 'remuxed.mkv')
}
