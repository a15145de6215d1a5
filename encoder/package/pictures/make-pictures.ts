import { mkdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { type FfmpegRun, runFfmpeg } from '../../encode/ffmpeg.ts'
import type { MadeFile, MadeInit, MadeSegment } from '../../encode/records.ts'
import type { PicturesPlan, Plan, Rung } from '../../plan/plan.ts'
import type { MadePictures, MadeStoryboard } from '../made.ts'
import { storyboardFileName } from '../names.ts'
import { takeMade, writeMade } from '../write-made.ts'
import { rungFor, secondsOf, segmentAt, tilesOf } from './choose.ts'
import { posterCommand, spriteCommand } from './commands.ts'
import { storyboardVtt } from './storyboard.ts'

export interface PicturesWork {
  readonly plan: Plan
  readonly inits: readonly MadeInit[]
  /** All segments of the video, in any order. */
  readonly segments: readonly MadeSegment[]
  /** Where the files go; made if it is missing. */
  readonly directory: string
  readonly run: Omit<FfmpegRun, 'args' | 'label' | 'cwd' | 'onProgress' | 'onDamage' | 'verbosity'>
}

/** Posters larger than this show nothing more. */
const POSTER_SHORT_SIDE = 1080

/** Poster and storyboard, from encoded segments: rotation, aspect, fields and colours are right in them already. Null where the plan wants none. */
export async function makePictures(work: PicturesWork): Promise<MadePictures | null> {
  const { plan, directory } = work
  if (plan.pictures === null || plan.video === null) return null
  await mkdir(directory, { recursive: true })
  const { poster_at_s, storyboard } = plan.pictures
  return {
    poster: poster_at_s === null ? null : await makePoster(work, plan.video.rungs, poster_at_s),
    storyboard: storyboard === null ? null : await makeStoryboard(work, plan.video.rungs, storyboard),
  }
}

async function makePoster(work: PicturesWork, rungs: readonly Rung[], at_s: number): Promise<MadeFile | null> {
  const from = materialOf(work, rungFor(rungs, POSTER_SHORT_SIDE))
  const segment = segmentAt(from?.segments ?? [], at_s)
  if (from === null || segment === undefined) return null
  // The video may be a little shorter than was expected of it: then its last frame.
  const frame_s = segment.duration_ticks / segment.timescale / segment.frames
  const time_s = Math.min(at_s, secondsOf(segment).to - frame_s) - frame_s / 2
  return run(work, 'poster.jpg', 'making the poster', from.init, [segment], (input, target) => posterCommand(input, from.rung, time_s, target))
}

async function makeStoryboard(work: PicturesWork, rungs: readonly Rung[], plan: NonNullable<PicturesPlan['storyboard']>): Promise<MadeStoryboard | null> {
  const from = materialOf(work, rungFor(rungs, Math.min(plan.tile_width, plan.tile_height)))
  const tiles = tilesOf(from?.segments ?? [], plan)
  if (from === null || tiles.length === 0) return null
  const segments = tiles.map(({ segment }) => segment)
  const sprite = await run(work, 'storyboard.jpg', 'making the storyboard', from.init, segments, (input, target) => spriteCommand(input, from.rung, plan, target))
  const vtt = await writeMade(join(work.directory, 'storyboard.vtt'), storyboardVtt(tiles, plan, storyboardFileName(sprite, 'jpg')))
  return { sprite, vtt, columns: plan.columns, tiles: tiles.length }
}

interface Material {
  readonly rung: Rung
  readonly init: MadeInit
  readonly segments: readonly MadeSegment[]
}

function materialOf({ inits, segments }: PicturesWork, rung: Rung | undefined): Material | null {
  const init = inits.find(({ rendition }) => rendition === rung?.id)
  if (rung === undefined || init === undefined) return null
  return { rung, init, segments: segments.filter(({ rendition }) => rendition === rung.id).toSorted((a, b) => a.number - b.number) }
}

async function run(
  work: PicturesWork,
  name: string,
  label: string,
  init: MadeInit,
  segments: readonly MadeSegment[],
  command: (input: { readonly init: string; readonly segments: readonly string[] }, target: string) => string[],
): Promise<MadeFile> {
  const cwd = dirname(init.path)
  const target = join(work.directory, name)
  const input = { init: relative(cwd, init.path), segments: segments.map(({ path }) => relative(cwd, path)) }
  await runFfmpeg({ ...work.run, args: ['-y', ...command(input, target)], cwd, label })
  return takeMade(target)
}
