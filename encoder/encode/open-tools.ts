import { execa } from 'execa'
import { JobError, jobErrors } from '../job-errors.ts'
import type { Tools } from '../tools.ts'
import { fenceWords, probeFence, type Fence } from './fence/fence.ts'
import { parseVersion, type ToolVersion } from './tool-version.ts'

export interface ToolPaths {
  readonly ffmpeg: string
  readonly ffprobe: string
}

const OLDEST = 5
const PATIENCE_MS = 30_000
const GUARD = ['setpriv', '--pdeathsig', 'KILL', '--']

/** Looks at ffmpeg and ffprobe once: that they run, which they are and what they can. Throws JobErrors of the environment. */
export async function openTools({ ffmpeg, ffprobe }: ToolPaths): Promise<Tools> {
  const [version] = await Promise.all([versionOf('ffmpeg', ffmpeg), versionOf('ffprobe', ffprobe)])
  const [encoders, filters, launcher, fence] = await Promise.all([
    listed(ffmpeg, '-encoders', /^ [VAS][A-Z.]{5} (\w\S*)/gm),
    listed(ffmpeg, '-filters', /^ [A-Z.]{2,3} (\w+) +\S+->/gm),
    findLauncher(ffmpeg),
    findFence([ffmpeg, ffprobe]),
  ])
  return { ffmpeg, ffprobe, major: version.major, version: version.text, encoders, filters, launcher, fence }
}

async function versionOf(name: string, path: string): Promise<ToolVersion> {
  const version = parseVersion(await output(name, path, ['-version']))
  if (version === undefined) {
    throw new JobError(jobErrors.toolMissing, `${path} runs, but is not ${name}`, `Put the path of ${name} under [tools].`, { path })
  }
  if (version.major < OLDEST) {
    const advice = `Install ${name} ${OLDEST}.0 or later and put its path under [tools].`
    throw new JobError(jobErrors.toolTooOld, `${path} is version ${version.text}; ${OLDEST}.0 is the oldest that can be used`, advice, { path, version: version.text })
  }
  return version
}

async function listed(ffmpeg: string, option: string, line: RegExp): Promise<ReadonlySet<string>> {
  const text = await output('ffmpeg', ffmpeg, ['-hide_banner', option])
  return new Set(Array.from(text.matchAll(line), ([, name = '']) => name))
}

async function output(name: string, path: string, args: readonly string[]): Promise<string> {
  const result = await execa(path, args, { stdin: 'ignore', reject: false, timeout: PATIENCE_MS })
  if (!result.failed) return result.stdout
  const why = result.code === 'ENOENT' ? 'does not exist' : result.code === 'EACCES' ? 'may not be run' : `cannot be run (${result.originalMessage ?? result.shortMessage})`
  throw new JobError(jobErrors.toolMissing, `${path} ${why}`, `Install ${name}, or put its path under [tools].`, { path }, result)
}

/** A kernel keeps its promise also when we are killed with -9: the child gets the signal named here once its parent has gone. */
async function findLauncher(ffmpeg: string): Promise<readonly string[]> {
  const [program = '', ...args] = GUARD
  const result = await execa(program, [...args, ffmpeg, '-version'], { stdin: 'ignore', reject: false, timeout: PATIENCE_MS })
  return result.failed ? [] : GUARD
}

/** What the kernel can hold, provided that the programs still start: one that needs files of its own elsewhere does not. */
async function findFence(programs: readonly string[]): Promise<Fence | null> {
  const fence = await probeFence()
  if (fence === null) return null
  const [program = '', ...words] = fenceWords({})
  const starts = await Promise.all(programs.map((path) => execa(program, [...words, path, '-version'], { stdin: 'ignore', reject: false, timeout: PATIENCE_MS })))
  return starts.some(({ failed }) => failed) ? null : fence
}
