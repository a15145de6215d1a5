import { fail, ok, warn, type Finding } from '../../../shared/doctor/finding.ts'
import { openTools } from '../../encode/open-tools.ts'
import { JobError } from '../../job-errors.ts'
import { profileNames, resolveProfile } from '../../plan/resolve-profile.ts'
import type { Tools } from '../../tools.ts'
import type { Check } from '../host.ts'

const CHECK = 'ffmpeg'
/** Without these nothing can be encoded. */
const NEEDED = { encoders: ['libx264', 'aac', 'mjpeg'], filters: ['scale', 'fps', 'trim', 'split', 'setpts', 'setsar', 'format', 'aresample', 'ebur128', 'volume'] }
/** Filters that some sources need. */
const SOMETIMES = { bwdif: 'interlaced sources', zscale: 'HDR sources, and those of other colour spaces', tonemap: 'HDR sources' }

/** ffmpeg and ffprobe run, are new enough, and have what the profiles need. */
export const checkFfmpeg: Check = async ({ config }) => {
  let tools: Tools
  try {
    tools = await openTools(config.tools)
  } catch (error) {
    if (!(error instanceof JobError)) throw error
    return [fail(CHECK, error.message, error.advice)]
  }
  const findings: Finding[] = []
  const install = 'install a build that has it (Debian’s has), and put its path under [tools]'
  const lacking = [...NEEDED.encoders.filter((name) => !tools.encoders.has(name)), ...NEEDED.filters.filter((name) => !tools.filters.has(name))]
  if (lacking.length > 0) findings.push(fail(CHECK, `${tools.ffmpeg} (${tools.version}) lacks ${lacking.join(', ')}: nothing can be encoded`, install))
  const hevc = profileNames(config.profiles).filter((name) => resolveProfile(name, config.profiles).rungs.some(({ codec }) => codec === 'hevc'))
  if (hevc.length > 0 && !tools.encoders.has('libx265')) findings.push(warn(CHECK, `it lacks libx265, which the profiles ${hevc.join(', ')} need for HEVC`, install))
  for (const [name, what] of Object.entries(SOMETIMES)) if (!tools.filters.has(name)) findings.push(warn(CHECK, `it lacks the filter ${name}: ${what} wait until it is there`, install))
  if (tools.launcher.length === 0) findings.push(warn(CHECK, 'setpriv is missing or cannot tie a process to its parent: an ffmpeg may outlive an encoder that is killed, until the next start', 'apt-get install util-linux'))
  return findings.length > 0 ? findings : [ok(CHECK, `${tools.ffmpeg}, ${tools.version}, with all that the profiles need`)]
}
