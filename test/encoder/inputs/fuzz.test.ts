import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { JobError } from '../../../encoder/job-errors.ts'
import { checkAsset } from '../../support/asset-check.ts'
import { encodeSource, QUICK } from '../../support/chain.ts'
import { makeCounter, type CounterClip } from '../../support/media/counter.ts'

t.setTimeout(900_000)

const FILES = 200
const DEADLINE_MS = 30_000
/** The same 200 files each time; FUZZ_SEED=n makes others. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)

const CLIPS: readonly CounterClip[] = [
  { file: 'h264.mp4', b_frames: 2 },
  { file: 'front.mp4', args: ['-movflags', '+faststart'] },
  { file: 'fragments.mp4', args: ['-movflags', '+frag_keyframe+empty_moov'] },
  { file: 'hevc.mov', codec: 'libx265', audio: [{ codec: 'pcm_s16le' }] },
  { file: 'h264.mkv', b_frames: 2, audio: [{ codec: 'flac' }] },
  { file: 'vp9.webm', codec: 'libvpx-vp9', audio: [{ codec: 'libopus' }] },
  { file: 'h264.ts' },
  { file: 'mpeg2.m2ts', codec: 'mpeg2video', audio: [{ codec: 'ac3' }] },
  { file: 'mpeg2.mxf', codec: 'mpeg2video', audio: [{ codec: 'pcm_s16le', channels: 1 }] },
  { file: 'mjpeg.avi', codec: 'mjpeg', pixel_format: 'yuvj420p', audio: [{ codec: 'pcm_s16le' }] },
  { file: 'flv.flv', codec: 'flv', audio: [{ codec: 'libmp3lame', rate: 44_100 }] },
  { file: 'mpeg2.mpg', codec: 'mpeg2video', audio: [{ codec: 'mp2' }] },
  { file: 'sound.m4a', no_video: true },
]
const PROFILE = { ...QUICK, rungs: QUICK.rungs.slice(1) }

type Random = () => number

/** Mulberry32: small, quick, and the same everywhere. */
function random(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Flips, cuts, inserts or repeats bytes; more often near the beginning, where headers are. */
function spoil(bytes: Buffer, next: Random): Buffer {
  const place = () => Math.floor((next() < 0.5 ? next() ** 3 : next()) * bytes.length)
  const kind = Math.floor(next() * 5)
  if (kind === 0) return bytes.subarray(0, place())
  if (kind === 1) {
    const at = place()
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(Array.from({ length: 1 + Math.floor(next() * 200) }, () => Math.floor(next() * 256))), bytes.subarray(at)])
  }
  if (kind === 2) {
    const at = place()
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + Math.floor(next() * 500))])
  }
  if (kind === 3) {
    const [from, to] = [place(), place()]
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, from + 300), bytes.subarray(to)])
  }
  const flipped = Buffer.from(bytes)
  for (let count = 1 + Math.floor(next() * 20); count > 0; count -= 1) {
    const at = place()
    flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(next() * 8))
  }
  return flipped
}

async function childProcesses(): Promise<string[]> {
  const threads = await readdir(`/proc/${process.pid}/task`)
  const children = await Promise.all(threads.map((thread) => readFile(`/proc/${process.pid}/task/${thread}/children`, 'utf8')))
  return children.join(' ').split(' ').filter(Boolean)
}

t.test(`${FILES} spoiled files each end in a verdict in time, and what is accepted can be decoded whole`, async (t) => {
  t.comment(`seed ${SEED}`)
  const directory = t.testdir()
  const next = random(SEED)
  const originals = await Promise.all(
    CLIPS.map(async (clip) => {
      const file = join(directory, clip.file)
      await makeCounter({ size: '64x64', frames: 12, gop: 6, ...clip, file })
      return { name: clip.file, bytes: await readFile(file) }
    }),
  )
  const files = Array.from({ length: FILES }, (_, index) => {
    const { name, bytes } = originals[index % originals.length] ?? { name: '', bytes: Buffer.alloc(0) }
    return { name: `${index}-${name}`, bytes: spoil(bytes, next) }
  })
  const verdicts = new Map<string, number>()
  const queue = files.values()
  // Two at a time, as a host with two cores would.
  await Promise.all(
    [0, 1].map(async () => {
      for (const { name, bytes } of queue) {
        const verdict = await verdictOf(directory, name, bytes)
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
        if (!/^(accepted|refused: \w+)$/.test(verdict)) t.fail(`${name} of seed ${SEED}: ${verdict}`)
      }
    }),
  )
  const counted = [...verdicts].toSorted(([, a], [, b]) => b - a)
  t.comment(counted.map(([verdict, count]) => `${count} × ${verdict}`).join(', '))
  t.equal(counted.reduce((sum, [, count]) => sum + count, 0), FILES)
  t.ok(verdicts.has('accepted') && verdicts.size > 3, 'harmless and harmful damage occurred')
  t.strictSame(await childProcesses(), [], 'no process is left')
})

async function verdictOf(directory: string, name: string, bytes: Buffer): Promise<string> {
  const source = join(directory, name)
  const work = `${source}.work`
  await writeFile(source, bytes)
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  try {
    const { folder } = await encodeSource(source, work, { profile: PROFILE, deadlineMs: DEADLINE_MS, signal: deadline })
    await checkAsset(folder)
    return 'accepted'
  } catch (error) {
    if (deadline.aborted) return `no verdict within ${DEADLINE_MS} ms`
    // A tool that crashes or loses frames is tried again by the daemon, and ends as damage; it is a verdict too.
    if (error instanceof JobError && (error.fault === 'source' || error.fault === 'tool')) return `refused: ${error.code}`
    return String(error instanceof Error ? error.stack : error)
  } finally {
    await rm(work, { recursive: true, force: true })
    await rm(source)
  }
}
