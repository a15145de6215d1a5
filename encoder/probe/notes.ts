import { chooseFrameRate } from '../plan/frame-rate.ts'
import type { Profile } from '../plan/profile.ts'
import { equalRational, toNumber } from '../rational.ts'
import type { Facts, VideoFacts } from './facts.ts'

/** What will be changed or left out of a source, in sentences for the person who dropped it. What concerns audio and captions in detail, the plan says. */
export function notesOf(facts: Facts, profile: Profile): string[] {
  const notes: string[] = []
  if (facts.video !== null && profile.rungs.length === 0) notes.push('the video is left out: the profile makes audio only')
  else if (facts.video !== null) notes.push(...videoNotes(facts.video, profile))
  if (facts.late_s !== null) notes.push(`a track of it begins only after ${facts.late_s.toFixed(1)} s: it is copied into Matroska first, where every track is told in front`)
  else if (facts.audio.length === 0) notes.push('it has no sound')
  for (const { what, codec } of facts.others) notes.push(`the ${what}${codec === null || what.includes('codec') ? '' : ` (${codec})`} is left out`)
  return notes
}

function videoNotes(video: VideoFacts, profile: Profile): string[] {
  const { colour, rotation, field_order, frame_rate } = video
  const notes: string[] = []
  const note = (when: boolean, text: string): void => void (when && notes.push(text))
  note(rotation !== 0, `the picture is turned by ${rotation}° clockwise, as the file says`)
  note(video.mirrored, 'the picture is mirrored, as the file says')
  note(video.sample_aspect.num !== video.sample_aspect.den, `its pixels are not square (${video.sample_aspect.num}:${video.sample_aspect.den}): it becomes ${video.display_width}×${video.display_height}`)
  note(video.size_changes, `its pictures change their size on the way: all become as the first, ${video.width}×${video.height}`)
  note(video.width % 2 === 1 || video.height % 2 === 1, 'an odd line or column of the picture is cut, since sizes must be even')
  note(field_order === 'mixed', 'its interlaced pictures are deinterlaced, the others left as they are')
  note(field_order === 'top_first' || field_order === 'bottom_first', 'it is deinterlaced')
  const rate = chooseFrameRate(frame_rate, video.repeated_fields, profile.max_frame_rate)
  const shown = (fps: number): string => String(Math.round(fps * 1000) / 1000)
  note(frame_rate.kind === 'variable', `its frame rate varies (${shown(toNumber(frame_rate.average))} on average): it becomes constant at ${shown(toNumber(rate))}`)
  note(
    frame_rate.kind === 'constant' && !equalRational(rate, frame_rate.average) && Math.abs(toNumber(rate) / toNumber(frame_rate.average) - 1) > 0.0005,
    `its frame rate of ${shown(toNumber(frame_rate.average))} becomes ${shown(toNumber(rate))}`,
  )
  const kept = colour.hdr !== 'sdr' && profile.rungs.some(({ keep_hdr, codec }) => keep_hdr && codec === 'hevc')
  note(colour.hdr !== 'sdr', `its HDR (${colour.hdr === 'pq' ? 'HDR10' : 'HLG'}) is ${kept ? 'kept in HEVC rungs and tone-mapped' : 'tone-mapped'} to SDR${kept ? ' in the others' : ''}`)
  note(video.dolby_vision !== null, 'its Dolby Vision data is left out; the picture it is based on is used')
  note(video.alpha, 'what is transparent becomes black')
  note(video.closed_captions, 'the closed captions (CEA-608/708) inside the pictures are left out')
  note(video.jumps.length > 0, `its timestamps jump ${video.jumps.length === 1 ? 'once' : `${video.jumps.length} times`} (first at ${video.jumps[0]?.at_s.toFixed(1) ?? '?'} s): it is put on one clock first`)
  return notes
}
