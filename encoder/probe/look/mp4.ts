import { JobError, jobErrors } from '../../job-errors.ts'
import type { ProfileLimits } from '../../plan/profile.ts'
import { boxes, type Box } from './boxes.ts'
import type { ByteSource } from './byte-source.ts'
import { refuseCut } from './cut.ts'
import { checkFragment, checkTrack } from './mp4-track.ts'

const BEGINNINGS = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot', 'moof', 'styp', 'sidx', 'uuid'])

/** Walks the boxes of an MP4 or MOV: an index must be there, all media it promises too, readable, and no larger than the profile takes. */
export async function checkMp4(bytes: ByteSource, head: Buffer, limits: ProfileLimits): Promise<void> {
  if (!BEGINNINGS.has(head.toString('latin1', 4, 8))) return
  let moov: Box | undefined
  let cut: Box | undefined
  for await (const box of boxes(bytes, 0, bytes.size)) {
    if (box.type === 'moov') moov ??= box
    if (box.type === 'moof') await checkFragment(bytes, box, limits)
    if (box.end > bytes.size && ['mdat', 'moov', 'moof'].includes(box.type)) cut = box
  }
  if (moov === undefined) throw withoutIndex(cut)
  for await (const box of boxes(bytes, moov.body, Math.min(moov.end, bytes.size))) if (box.type === 'trak') await checkTrack(bytes, box, limits)
  if (cut !== undefined) refuseCut(cut.type === 'mdat' ? 'its media data' : 'its index', cut.start, cut.end - cut.start, bytes.size)
}

function withoutIndex(cut: Box | undefined): JobError {
  const how = cut === undefined ? 'as an interrupted recording or a lone media segment leaves it' : 'and it ends in the middle of its media data: it was cut, or recording was interrupted'
  return new JobError(jobErrors.noIndex, `its index (moov) is missing, ${how}`, 'Copy it again; for an interrupted recording use the repair of the camera or of its maker.')
}
