import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readdir } from 'node:fs/promises'
import { encodeChunkAlone } from '../../encoder/encode/video.ts'
import { builtInProfiles } from '../../encoder/plan/built-in-profiles.ts'
import type { Plan, Rung } from '../../encoder/plan/plan.ts'
import type { Tools } from '../../encoder/tools.ts'
import { examineSource } from '../../test/support/chain.ts'
import { ffmpeg, FFMPEG9, FFMPEG9_ABSENT } from '../../test/support/media/tools.ts'
import type { Row, Section } from '../table.ts'
import { encodeByHand, videoOf } from './by-hand.ts'
import { benchClip } from './clip.ts'
import type { BenchOptions } from './options.ts'

const CHUNK_S = 12

/**
 * VMAF of each rung, encoded in chunks with a process for each (as after a crash, or on several hosts), against the
 * uninterrupted command by hand; both compared with the source, frame by frame.
 */
export async function quality({ seconds }: BenchOptions): Promise<Section[]> {
  if (FFMPEG9 === undefined) return [{ title: 'VMAF', rows: [{ what: 'skipped', measured: FFMPEG9_ABSENT }] }]
  const program = FFMPEG9
  const clip = await benchClip(seconds)
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-bench-'))
  try {
    const profile = { ...builtInProfiles.default, chunk_s: CHUNK_S, publish_early: false }
    const { plan, tools } = await examineSource(clip, directory, { profile })
    const { rungs, chunks, grid } = videoOf(plan)
    await encodeByHand(plan, clip, join(directory, 'whole'))
    const chunked = await encodeInChunks(plan, clip, join(directory, 'chunks'), tools)
    const joins = chunks.slice(1).map(({ first_frame }) => first_frame)
    const second = Math.round(grid.frame_rate.num / grid.frame_rate.den)
    const rows: Row[] = []
    for (const rung of rungs) {
      const whole = await vmaf(program, await joined(join(directory, 'whole', rung.id), join(directory, `${rung.id}-whole.mp4`)), clip, rung, directory)
      const ours = await vmaf(program, await write(join(directory, `${rung.id}-chunks.mp4`), chunked.get(rung.id) ?? []), clip, rung, directory)
      if (whole.length !== ours.length) throw new Error(`${rung.id}: ${ours.length} frames, uninterrupted ${whole.length}`)
      const lower = whole.map((value, frame) => value - (ours[frame] ?? NaN))
      const worst = Math.max(...joins.flatMap((join) => [mean(lower.slice(join - second, join)), mean(lower.slice(join, join + second))]))
      rows.push(
        atMost(`${rung.id}: VMAF ${mean(whole).toFixed(2)} uninterrupted, lower by`, mean(lower), 0.2),
        atMost(`    in the worst second beside one of ${joins.length} joins`, worst, 1),
      )
    }
    return [{ title: `VMAF of ${seconds} s in ${chunks.length} chunks, a process for each, against the uninterrupted encode`, rows }]
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function atMost(what: string, value: number, most: number): Row {
  return { what, measured: value.toFixed(3), goal: { text: `≤ ${most}`, met: value <= most } }
}

/** Files of each rung in order, the header first. */
async function encodeInChunks(plan: Plan, source: string, directory: string, tools: Tools): Promise<Map<string, string[]>> {
  const files = new Map<string, string[]>()
  const expectedInits = new Map<string, string>()
  await mkdir(directory)
  for (const { index } of videoOf(plan).chunks) {
    await encodeChunkAlone({
      plan,
      source,
      directory,
      tools,
      fromChunk: index,
      expectedInits,
      signal: new AbortController().signal,
      stallMs: 60_000,
      onChunk: async ({ inits, segments }) => {
        for (const { rendition, path, sha256 } of inits) {
          if (!files.has(rendition)) files.set(rendition, [path])
          expectedInits.set(rendition, sha256)
        }
        for (const { rendition, path } of segments) files.get(rendition)?.push(path)
      },
    })
  }
  return files
}

async function joined(directory: string, target: string): Promise<string> {
  const names = (await readdir(directory)).toSorted()
  return write(target, [...names.filter((name) => name.endsWith('.mp4')), ...names.filter((name) => name.endsWith('.m4s'))].map((name) => join(directory, name)))
}

async function write(target: string, files: readonly string[]): Promise<string> {
  await writeFile(target, Buffer.concat(await Promise.all(files.map((file) => readFile(file)))))
  return target
}

/** VMAF of each frame, in the rung's own size. */
async function vmaf(program: string, file: string, source: string, { width, height }: Rung, directory: string): Promise<number[]> {
  const log = join(directory, 'vmaf.json')
  // One time base for both: to compare 1/90000 with 1/12800 s the filter rounds, and pairs some pictures with their neighbours.
  const count = 'settb=1/25,setpts=N'
  const graph = `[0:v]${count}[made];[1:v]${count},scale=${width}:${height}:flags=bicubic,format=yuv420p[source];[made][source]libvmaf=n_threads=2:log_fmt=json:log_path=${log}`
  await ffmpeg(['-v', 'error', '-i', file, '-i', source, '-lavfi', graph, '-f', 'null', '-'], { program })
  const { frames } = JSON.parse(await readFile(log, 'utf8')) as { frames: readonly { metrics: { vmaf: number } }[] }
  return frames.map(({ metrics }) => metrics.vmaf)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
