import { JobError, jobErrors } from '../../job-errors.ts'
import type { ProfileLimits } from '../../plan/profile.ts'
import { openBytes } from './byte-source.ts'
import { refuseImage } from './image.ts'
import { checkMatroska } from './matroska.ts'
import { checkMp4 } from './mp4.ts'
import { checkMxf } from './mxf.ts'
import { refuseOtherFile } from './other-file.ts'
import { checkRiff } from './riff.ts'
import { refuseText } from './text.ts'
import { checkTransportStream } from './transport-stream.ts'

/** Enough for any signature, and for a few hundred packets of a transport stream. */
const HEAD = 64 * 1024

/**
 * A cheap look at the bytes, before any program reads them: refuses what is no media, is cut, locked or a bomb, each with
 * its own sentence. What it does not know it leaves to ffprobe. Answers the size.
 */
export async function lookAtBytes(path: string, limits: ProfileLimits): Promise<number> {
  await using bytes = await openBytes(path)
  if (bytes.size === 0) throw new JobError(jobErrors.emptyFile, 'it has no bytes', 'Copy it again and drop it again.')
  const head = await bytes.read(0, HEAD)
  refuseText(head)
  refuseImage(head)
  refuseOtherFile(head)
  await checkMp4(bytes, head, limits)
  await checkMatroska(bytes, head)
  checkRiff(bytes.size, head)
  checkMxf(bytes.size, head)
  checkTransportStream(head)
  return bytes.size
}
