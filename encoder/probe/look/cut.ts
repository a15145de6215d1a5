import { JobError, jobErrors } from '../../job-errors.ts'
import { formatSize } from '../../../shared/units/size.ts'

/** Some muxers count a few bytes of padding that they never write. */
const PADDING = 16
/** No number of bytes that anybody could have meant. */
const ABSURD = 2 ** 50

/** Throws `truncated` where a part of the file, by its own word, goes on beyond the file's end. */
export function refuseCut(what: string, start: number, length: number, size: number): void {
  const missing = start + length - size
  if (missing <= PADDING) return
  const there = Math.max(0, Math.floor(((size - start) / length) * 100))
  throw new JobError(
    jobErrors.truncated,
    `it is cut: of ${what} only ${there} % are there, and the last ${rough(Math.min(missing, ABSURD))} are missing`,
    'Copy it again and drop it again. What is there can be saved with ffmpeg -i FILE -c copy NEW.mkv.',
    { missing_bytes: missing },
  )
}

/** To two digits: nobody needs more. */
function rough(bytes: number): string {
  const unit = bytes >= 2 ** 30 ? 2 ** 30 : bytes >= 2 ** 20 ? 2 ** 20 : bytes >= 1024 ? 1024 : 1
  return formatSize(Math.max(1, Math.round(bytes / unit)) * unit)
}
