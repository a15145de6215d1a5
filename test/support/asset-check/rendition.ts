import { execa } from 'execa'
import { type Fragment, readFragment } from '../fragments.ts'
import type { AssetObjects } from './objects.ts'
import type { ReadMedia } from './playlists.ts'

export interface CheckedRendition {
  readonly id: string
  readonly kind: 'video' | 'audio'
  readonly playlist: string
  readonly codec: string
  readonly segments: number
  /** Samples in the boxes; of video, what ffmpeg decodes is the same number. */
  readonly frames: number
  readonly duration_s: number
  readonly bytes: number
  readonly fragments: readonly Fragment[]
}

/** Reads, joins and decodes one rendition; adds what is wrong with it to `faults`. */
export async function checkRendition(objects: AssetObjects, media: ReadMedia, kind: 'video' | 'audio', options: { ffmpeg: string; decode: boolean }, faults: string[]): Promise<CheckedRendition> {
  const id = media.segments[0]?.path.split('/').at(-2) ?? media.path
  const init = await objects.read(media.init ?? '')
  const bodies = await Promise.all(media.segments.map(({ path }) => objects.read(path)))
  const fragments = bodies.map((body) => readFragment(init, body))

  let end = 0
  for (const [number, fragment] of fragments.entries()) {
    const name = `${id} segment ${number}`
    if (fragment.start !== end) faults.push(`${name} starts at tick ${fragment.start}, the one before ends at ${end}`)
    if (fragment.sequence !== number + 1) faults.push(`${name} has sequence number ${fragment.sequence}`)
    if (!fragment.startsWithKey) faults.push(`${name} does not begin with a key frame`)
    const claimed = media.segments[number]?.duration ?? 0
    if (Math.abs(claimed - fragment.duration / fragment.timescale) > 2e-6) faults.push(`${name} lasts ${fragment.duration}/${fragment.timescale}, its EXTINF says ${claimed}`)
    if (Math.round(claimed) > media.target) faults.push(`${name} is longer than the target duration ${media.target}`)
    end = fragment.start + fragment.duration
  }

  const frames = fragments.reduce((sum, { samples }) => sum + samples, 0)
  if (options.decode) {
    const decoded = await decode(options.ffmpeg, Buffer.concat([init, ...bodies]), kind)
    if (decoded.error !== null) faults.push(`${id} does not decode: ${decoded.error}`)
    else if (kind === 'video' && decoded.frames !== frames) faults.push(`${id} has ${frames} samples, ${decoded.frames} frames decode`)
  }
  return {
    id,
    kind,
    playlist: media.path,
    codec: fragments[0]?.codec ?? '',
    segments: fragments.length,
    frames,
    duration_s: end / (fragments[0]?.timescale ?? 1),
    bytes: bodies.reduce((sum, { length }) => sum + length, 0),
    fragments,
  }
}

async function decode(ffmpeg: string, input: Buffer, kind: 'video' | 'audio'): Promise<{ readonly frames: number; readonly error: string | null }> {
  const result = await execa(
    ffmpeg,
    ['-nostdin', '-v', 'error', '-xerror', '-threads', '1', '-i', 'pipe:0', '-map', kind === 'video' ? '0:v' : '0:a', '-fps_mode', 'passthrough', '-progress', 'pipe:1', '-f', 'null', '-'].filter(
      (argument, index, all) => kind === 'video' || (argument !== '-fps_mode' && all[index - 1] !== '-fps_mode'),
    ),
    { input, reject: false },
  )
  const frames = [...result.stdout.matchAll(/^frame=\s*(\d+)$/gm)].at(-1)?.[1]
  return { frames: Number(frames ?? 0), error: result.exitCode === 0 && result.stderr === '' ? null : `exit ${result.exitCode}: ${result.stderr.slice(0, 500)}` }
}
