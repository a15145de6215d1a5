import { JobError, jobErrors } from '../../job-errors.ts'
import type { ProfileLimits } from '../../plan/profile.ts'
import { checkFrames } from '../limits.ts'
import { boxes, childOf, descend, type Box } from './boxes.ts'
import type { ByteSource } from './byte-source.ts'

/** Sample entries that stand for another one, whose media is encrypted. */
const LOCKED = new Set(['encv', 'enca', 'enct', 'encs', 'drmi', 'drms'])

/** Throws where the track is encrypted, or where a few bytes of index stand for more samples than the profile takes: ffmpeg would list them all in memory. */
export async function checkTrack(bytes: ByteSource, trak: Box, limits: ProfileLimits): Promise<void> {
  const table = await descend(bytes, trak, 'mdia', 'minf', 'stbl')
  if (table === undefined) return
  await refuseLocked(bytes, table)
  const sizes = await childOf(bytes, table, 'stsz')
  if (sizes === undefined) return
  const content = await bytes.read(sizes.body, 12)
  if (content.length < 12) return
  const each = content.readUInt32BE(4)
  const count = content.readUInt32BE(8)
  // Sizes listed one by one take room in the file. Of equal ones PCM has 48,000 a second, and ffmpeg lists those by the chunk.
  if (each !== 0 && !(await isPcm(bytes, trak, table))) checkFrames(count, limits)
}

/** The same for the runs of a fragment. */
export async function checkFragment(bytes: ByteSource, moof: Box, limits: ProfileLimits): Promise<void> {
  for await (const traf of boxes(bytes, moof.body, Math.min(moof.end, bytes.size))) {
    if (traf.type !== 'traf') continue
    for await (const trun of boxes(bytes, traf.body, Math.min(traf.end, bytes.size))) {
      if (trun.type !== 'trun') continue
      const content = await bytes.read(trun.body, 8)
      if (content.length === 8) checkFrames(content.readUInt32BE(4), limits)
    }
  }
}

async function refuseLocked(bytes: ByteSource, table: Box): Promise<void> {
  const stsd = await childOf(bytes, table, 'stsd')
  if (stsd === undefined) return
  for await (const entry of boxes(bytes, stsd.body + 8, Math.min(stsd.end, bytes.size))) {
    if (LOCKED.has(entry.type)) {
      throw new JobError(jobErrors.encrypted, `its media is encrypted (${entry.type})`, 'Drop a copy without copy protection.')
    }
  }
}

/** Sound whose every sample lasts one tick: what ffmpeg keeps no list of. */
async function isPcm(bytes: ByteSource, trak: Box, table: Box): Promise<boolean> {
  const handler = await descend(bytes, trak, 'mdia', 'hdlr')
  const times = await childOf(bytes, table, 'stts')
  if (handler === undefined || times === undefined) return false
  const kind = (await bytes.read(handler.body + 8, 4)).toString('latin1')
  const content = await bytes.read(times.body, 16)
  return kind === 'soun' && content.length === 16 && content.readUInt32BE(4) === 1 && content.readUInt32BE(12) === 1
}
