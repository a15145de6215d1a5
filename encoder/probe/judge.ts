import { JobError, jobErrors } from '../job-errors.ts'
import { needsConversion } from '../plan/colour.ts'
import { makeLadder } from '../plan/ladder.ts'
import type { Profile } from '../plan/profile.ts'
import type { Tools } from '../tools.ts'
import type { Facts, Verdict, VideoFacts } from './facts.ts'
import { notesOf } from './notes.ts'

/** Whether and how a source fits a profile, before anything is encoded. Throws the JobError of a refusal. */
export function judge(facts: Facts, profile: Profile, tools: Pick<Tools, 'encoders' | 'filters'>): Verdict {
  const video = facts.video !== null && profile.rungs.length > 0 ? facts.video : null
  if (video === null && facts.audio.length === 0) {
    const [what, wish] = facts.video === null ? ['no sound', 'video and sound'] : ['no sound', 'sound']
    throw new JobError(jobErrors.profileUnfit, `it has ${what}, and the profile ${JSON.stringify(profile.name)} makes only ${wish}`, 'Drop it into the folder of another profile.')
  }
  if (video !== null) checkColours(video)
  for (const { kind, name, why } of needed(facts, video, profile)) {
    if (tools[kind].has(name)) continue
    throw new JobError(jobErrors.codecMissing, `ffmpeg lacks the ${kind === 'encoders' ? 'encoder' : 'filter'} ${name}, needed for ${why}`, `Install an ffmpeg that has it, or set tools.ffmpeg; Debian's has.`)
  }
  return { notes: notesOf(facts, profile) }
}

/** Dolby Vision profile 5 has no fallback: without Dolby's own processing it shows in purple and green. */
function checkColours({ dolby_vision }: VideoFacts): void {
  if (dolby_vision === null || dolby_vision.profile !== 5) return
  throw new JobError(jobErrors.profileUnfit, 'it is Dolby Vision profile 5, which has no picture for other screens', 'Export it as Dolby Vision profile 8, HDR10 or SDR.')
}

interface Need {
  readonly kind: 'encoders' | 'filters'
  readonly name: string
  readonly why: string
}

function needed(facts: Facts, video: VideoFacts | null, profile: Profile): Need[] {
  const needs: Need[] = []
  if (facts.audio.length > 0) needs.push({ kind: 'encoders', name: 'aac', why: 'audio' })
  if (video === null) return needs
  const { rungs } = makeLadder({ width: video.display_width, height: video.display_height }, profile)
  for (const { settings } of rungs) {
    needs.push({ kind: 'encoders', name: settings.codec === 'h264' ? 'libx264' : 'libx265', why: `the rung ${settings.id}` })
  }
  if (video.field_order !== 'progressive') needs.push({ kind: 'filters', name: 'bwdif', why: 'deinterlacing' })
  const hdr = video.colour.hdr !== 'sdr'
  if (hdr && rungs.some(({ settings }) => settings.codec === 'h264' || !settings.keep_hdr)) {
    needs.push({ kind: 'filters', name: 'zscale', why: 'tone mapping HDR to SDR' }, { kind: 'filters', name: 'tonemap', why: 'tone mapping HDR to SDR' })
  }
  if (!hdr && needsConversion(video)) needs.push({ kind: 'filters', name: 'zscale', why: 'converting its colours to BT.709' })
  return needs
}
