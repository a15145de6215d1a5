import type { Test } from 'tap'
import { type EncodeVideo, encodeVideo } from '../../../encoder/encode/video.ts'
import type { MadeChunk } from '../../../encoder/encode/records.ts'
import type { VideoPlan } from '../../../encoder/plan/plan.ts'
import { toNumber } from '../../../encoder/rational.ts'
import type { Tools } from '../../../encoder/tools.ts'
import { readFrames } from './read-counter.ts'

/** An encoding whose chunks are remembered as a ledger would: started again, it goes on after the last. */
export class TestEncoding {
  readonly chunks: MadeChunk[] = []
  readonly #options: Omit<EncodeVideo, 'fromChunk' | 'expectedInits' | 'onChunk'>

  constructor(video: VideoPlan, options: { readonly source: string; readonly directory: string; readonly tools: Tools } & Partial<EncodeVideo>) {
    this.#options = { plan: { video }, signal: new AbortController().signal, stallMs: 30_000, ...options }
  }

  async run(more: Partial<EncodeVideo> = {}): Promise<void> {
    await encodeVideo({
      ...this.#options,
      fromChunk: this.chunks.length,
      damagedBefore: this.chunks.reduce((sum, { damaged }) => sum + damaged, 0),
      expectedInits: new Map(this.chunks[0]?.inits.map(({ rendition, sha256 }) => [rendition, sha256])),
      ...more,
      onChunk: async (chunk) => {
        this.chunks.push(chunk)
        await more.onChunk?.(chunk)
      },
    })
  }

  /** What a player gets of a rendition: the first init, and all segments. */
  media(rendition: string): { readonly init: string; readonly segments: readonly string[] } {
    const init = this.chunks[0]?.inits.find((init) => init.rendition === rendition)
    if (init === undefined) throw new Error(`no init of ${rendition} was made`)
    return { init: init.path, segments: this.chunks.flatMap(({ segments }) => segments).filter((segment) => segment.rendition === rendition).map(({ path }) => path) }
  }
}

/** Every number from 0 once, in order, each at its time on the grid, in all rungs. */
export async function isExact(t: Test, video: VideoPlan, encoding: TestEncoding, frames: number): Promise<void> {
  for (const { id } of video.rungs) {
    const shown = await readFrames(encoding.media(id))
    t.same(shown.map(({ number }) => number), Array.from({ length: frames }, (_, index) => index), `${id}: every frame once`)
    t.ok(shown.every(({ time }, index) => Math.abs(time - index / toNumber(video.grid.frame_rate)) < 0.000_5), `${id}: at its time`)
  }
}

/** No quicker than it is played, so that there is a middle in which something can happen. */
export function slowly(video: VideoPlan): { readonly video: VideoPlan } {
  return { video: { ...video, common_filters: ['realtime'] } }
}

/** A mark by which the processes of one test are found. */
export function testMark(name: string): { readonly work: string; readonly job: string } {
  return { work: `/nowhere/${name}-${process.pid}`, job: '01J' }
}
