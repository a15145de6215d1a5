import { builtInProfiles } from '../../encoder/plan/built-in-profiles.ts'
import { makePlan, type PlanContext } from '../../encoder/plan/make-plan.ts'
import type { Plan } from '../../encoder/plan/plan.ts'
import type { Profile } from '../../encoder/plan/profile.ts'
import type { Facts } from '../../encoder/probe/facts.ts'
import { judge } from '../../encoder/probe/judge.ts'
import { probeSource, type ProbeRequest } from '../../encoder/probe/probe.ts'
import { debian } from './ffmpegs.ts'

export interface ProbedSource {
  readonly facts: Facts
  readonly plan: Plan
}

const tools = await debian.open()

/** The facts of a file, by the system's own ffprobe. */
export function factsOf(path: string, request: Partial<ProbeRequest> = {}): Promise<Facts> {
  return probeSource({ path, tools, deadlineMs: 60_000, limits: builtInProfiles.default.limits, signal: new AbortController().signal, ...request })
}

/** Facts and plan of a file, as a job would have them. */
export async function planOf(path: string, profile: Profile = builtInProfiles.default, context: Partial<PlanContext> = {}): Promise<ProbedSource> {
  const facts = await factsOf(path, { limits: profile.limits })
  return { facts, plan: makePlan(facts, profile, { options: {}, captions: [], threads: 1, cores: 2, verdict: judge(facts, profile, tools), ...context }) }
}
