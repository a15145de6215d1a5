import { access, mkdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile, syncDirectory } from '../../shared/files/atomic.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import type { Chunk, VideoPlan } from '../plan/plan.ts'
import { checkChunk, type MeasuredRung } from './check-chunk.ts'
import { decodeKeys, type DecodeKeys } from './decode-keys.ts'
import { INIT, segmentName, STYP_ALONE } from './made-names.ts'
import { type MeasuredInit, measureInit, measureSegment, ReusedMemory } from './measure.ts'
import type { MadeChunk, MadeInit } from './records.ts'

export interface CollectorOptions {
  readonly plan: VideoPlan
  /** The chunks that one ffmpeg makes, in order. */
  readonly chunks: readonly Chunk[]
  /** Where ffmpeg writes, and where files go that have passed: ffmpeg never touches those again. */
  readonly run: string
  readonly directory: string
  /** Hashes of the init segments of earlier chunks, by rendition; empty when there are none. */
  readonly expectedInits: ReadonlyMap<string, string>
  readonly check: Pick<DecodeKeys, 'tools' | 'signal' | 'stallMs' | 'mark'>
  readonly onChunk: (chunk: MadeChunk) => Promise<void>
}

/** The first frames of a start are not there: the seek led to pictures that could not be decoded yet. An earlier key frame is to be tried. */
export class HeadMissing extends Error {
  override readonly name = 'HeadMissing'
}

/** Takes each chunk that ffmpeg has finished, once: measures, checks and keeps its files, and hands it over. */
export class ChunkCollector {
  readonly #options: CollectorOptions
  readonly #memory = new ReusedMemory()
  #taken = 0
  #headSeen = false
  #inits: readonly MeasuredInit[] | undefined

  constructor(options: CollectorOptions) {
    this.#options = options
  }

  /** Takes what is complete by now, while ffmpeg may still run. Not to be called again before it has settled. */
  async takeComplete(): Promise<void> {
    for (;;) {
      const chunk = this.#options.chunks[this.#taken]
      if (chunk === undefined || this.#options.check.signal.aborted) return
      if (!this.#headSeen && !(await this.#seeHead(chunk))) return
      if (chunk.end_frame === null || !(await this.#isComplete(chunk))) return
      await this.#take(chunk, chunk.segments)
    }
  }

  /**
   * Takes the rest, once ffmpeg has ended well. Answers the frames of the whole asset when its end was among the chunks:
   * it is where the source ends. `enough` says whether that many are believed.
   */
  async takeRest(enough: (frames: number) => void): Promise<void> {
    await this.takeComplete()
    const [open, ...beyond] = this.#options.chunks.slice(this.#taken)
    if (open === undefined) return
    const segments = await this.#present(open)
    if (segments === 0 && this.#taken === 0) throw new HeadMissing('no frame at all came out')
    const rungs = await this.#measure(open, segments)
    // Where it was to go on, it is the source that ended.
    const last = { ...open, end_frame: null }
    enough(open.first_frame + checkChunk(last, this.#options.plan.grid, rungs))
    await this.#keep(last, rungs)
    for (const chunk of beyond) await this.#options.onChunk({ index: chunk.index, frames: 0, damaged: 0, inits: this.#made(rungs), segments: [] })
  }

  async #take(chunk: Chunk, segments: number): Promise<void> {
    await this.#keep(chunk, await this.#measure(chunk, segments))
  }

  async #measure(chunk: Chunk, count: number): Promise<MeasuredRung[]> {
    const { run } = this.#options
    const inits = await this.#readInits()
    const rungs = []
    for (const init of inits) {
      const segments = []
      for (let number = chunk.first_segment; number < chunk.first_segment + count; number += 1) {
        segments.push(await measureSegment(join(run, init.made.rendition, segmentName(number)), number, init, this.#memory))
      }
      rungs.push({ init, segments })
    }
    return rungs
  }

  async #keep(chunk: Chunk, rungs: readonly MeasuredRung[]): Promise<void> {
    const { plan, run, directory, check, onChunk } = this.#options
    const frames = checkChunk(chunk, plan.grid, rungs)
    const numbers = rungs.map(({ init, segments }) => ({ id: init.made.rendition, segments: segments.map(({ made }) => made.number) }))
    if (frames > 0) await decodeKeys({ ...check, directory: run, chunk: chunk.index, rungs: numbers })
    const segments = []
    for (const { init, segments: measured } of rungs) {
      const folder = join(directory, init.made.rendition)
      for (const { made } of measured) {
        const path = join(folder, segmentName(made.number))
        await rename(made.path, path)
        segments.push({ ...made, path })
      }
      await syncDirectory(folder)
    }
    check.signal.throwIfAborted()
    this.#taken += 1
    await onChunk({ index: chunk.index, frames, damaged: 0, inits: this.#made(rungs), segments })
  }

  #made(rungs: readonly MeasuredRung[]): MadeInit[] {
    return rungs.map(({ init: { made } }) => ({ ...made, path: join(this.#options.directory, made.rendition, INIT) }))
  }

  /** The same for all chunks of a run: ffmpeg writes them once, before its first segment. */
  async #readInits(): Promise<readonly MeasuredInit[]> {
    if (this.#inits !== undefined) return this.#inits
    const { plan, run, directory, expectedInits } = this.#options
    const inits = []
    for (const { id } of plan.rungs) {
      const path = join(run, id, INIT)
      const init = await measureInit(path, id)
      const expected = expectedInits.get(id)
      if (expected !== undefined && expected !== init.made.sha256) {
        const advice = 'Was ffmpeg replaced in between? Then the asset is to be encoded from its start.'
        throw new JobError(jobErrors.chunkInvalid, `The initialisation segment of ${id} is not the one of the chunks made before`, advice, { rendition: id, init_differs: true })
      }
      const folder = join(directory, id)
      await mkdir(folder, { recursive: true })
      await replaceFile(join(folder, INIT), await readFile(path))
      inits.push(init)
    }
    this.#inits = inits
    return inits
  }

  /** Looks at the very first segment as soon as it is there: whether it starts at the frame it is to start at. */
  async #seeHead(chunk: Chunk): Promise<boolean> {
    const { plan, run } = this.#options
    const [rung] = plan.rungs
    if (rung === undefined || !(await holdsMedia(join(run, rung.id, segmentName(chunk.first_segment))))) return false
    const init = await measureInit(join(run, rung.id, INIT), rung.id)
    const { made } = await measureSegment(join(run, rung.id, segmentName(chunk.first_segment)), chunk.first_segment, init, this.#memory)
    const missing = made.start_ticks / plan.grid.frame_ticks - chunk.first_frame
    if (missing > 0) throw new HeadMissing(`${missing} frames are missing at the start of chunk ${chunk.index}`)
    this.#headSeen = true
    return true
  }

  /** ffmpeg finishes segments in order, so the last of each rung tells. */
  async #isComplete(chunk: Chunk): Promise<boolean> {
    const last = segmentName(chunk.first_segment + chunk.segments - 1)
    const there = await Promise.all(this.#options.plan.rungs.map(({ id }) => exists(join(this.#options.run, id, last))))
    return there.every(Boolean)
  }

  /** How many segments of a chunk there are in the first rung. */
  async #present(chunk: Chunk): Promise<number> {
    const { plan, run } = this.#options
    let count = 0
    while (await holdsMedia(join(run, plan.rungs[0]?.id ?? '', segmentName(chunk.first_segment + count)))) count += 1
    return count
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false)
}

async function holdsMedia(path: string): Promise<boolean> {
  return stat(path).then(({ size }) => size > STYP_ALONE, () => false)
}
