import { JobError, jobErrors } from '../job-errors.ts'
import type { Tools } from '../tools.ts'

/** Throws `codec_missing` unless this ffmpeg has all of these. */
export function requireCodec(tools: Tools, needed: { readonly encoders?: Iterable<string>; readonly filters?: Iterable<string> }): void {
  const lacking = (names: Iterable<string>, has: ReadonlySet<string>, what: string) => [...names].filter((name) => !has.has(name)).map((name) => `the ${what} ${name}`)
  const missing = [...lacking(needed.encoders ?? [], tools.encoders, 'encoder'), ...lacking(needed.filters ?? [], tools.filters, 'filter')]
  if (missing.length === 0) return
  throw new JobError(
    jobErrors.codecMissing,
    `${tools.ffmpeg} (${tools.version}) lacks ${missing.join(', ')}`,
    'Install a build of ffmpeg that has it, or choose a profile that does without.',
    { missing },
  )
}
