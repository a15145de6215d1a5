import { toNumber } from '../rational.ts'
import type { SidecarCaptions, SourceOptions } from '../intake/contract.ts'
import type { Facts, Verdict } from '../probe/facts.ts'
import { planAudio } from './audio-plan.ts'
import { planCaptions } from './captions-plan.ts'
import { makeLadder } from './ladder.ts'
import type { Plan } from './plan.ts'
import { planPictures } from './pictures-plan.ts'
import { profileHash } from './profile-hash.ts'
import type { Profile } from './profile.ts'
import { RECIPE } from './recipe.ts'
import { planVideo } from './video-plan.ts'

export interface PlanContext {
  readonly options: SourceOptions
  readonly captions: readonly SidecarCaptions[]
  /** Threads of each rung's encoder; 0: chosen by cores and rungs. */
  readonly threads: number
  readonly cores: number
  readonly verdict: Verdict
  /** The facts are those of our own remux of the source (VideoPlan.remux). */
  readonly remuxed?: boolean
}

/** All that will be made of a source. Pure: the same facts and settings give the same plan. */
export function makePlan(facts: Facts, profile: Profile, context: PlanContext): Plan {
  const { options, threads, cores, verdict, remuxed = false } = context
  const size = facts.video === null ? null : { width: facts.video.display_width, height: facts.video.display_height }
  const ladder = size === null ? { rungs: [], considered: profile.rungs.map(({ id }) => ({ rung: id, made: false, why: 'the source has no video' })) } : makeLadder(size, profile)
  const video = facts.video === null || ladder.rungs.length === 0 ? null : planVideo(facts, facts.video, ladder, profile, { threads, cores, remuxed })
  const audio = planAudio(facts, video, profile, options.language)
  const captions = planCaptions(facts, context.captions)
  return {
    recipe: RECIPE,
    profile: profile.name,
    profile_hash: profileHash(profile),
    duration_s: facts.duration_s,
    video,
    audio: audio.plan,
    captions: captions.captions,
    pictures: video === null || size === null || facts.video === null ? null : planPictures(facts.video.duration_s, video.hold_frames / toNumber(video.grid.frame_rate), size, profile),
    notes: [...verdict.notes, ...audio.notes, ...captions.notes],
    considered: ladder.considered,
  }
}
