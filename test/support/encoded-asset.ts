import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeAudio } from '../../encoder/encode/audio.ts'
import type { MadeChunk } from '../../encoder/encode/records.ts'
import { encodeVideo } from '../../encoder/encode/video.ts'
import { makeCaptions } from '../../encoder/package/captions/make-captions.ts'
import type { PackageInput } from '../../encoder/package/package.ts'
import { makePictures } from '../../encoder/package/pictures/make-pictures.ts'
import { makePlan } from '../../encoder/plan/make-plan.ts'
import type { Profile } from '../../encoder/plan/profile.ts'
import { judge } from '../../encoder/probe/judge.ts'
import { probeSource } from '../../encoder/probe/probe.ts'
import { rational } from '../../encoder/rational.ts'
import type { Tools } from '../../encoder/tools.ts'

/** All that a job makes of a source, by the encoder's own parts, without ledger and store. */
export async function encodeForPackaging(asset: string, source: string, folder: string, profile: Profile, tools: Tools): Promise<PackageInput> {
  const signal = new AbortController().signal
  const run = { tools, signal, stallMs: 60_000 }
  const facts = await probeSource({ path: source, tools, deadlineMs: 60_000, limits: profile.limits, signal })
  const plan = makePlan(facts, profile, { options: {}, captions: [], threads: 1, cores: 2, verdict: judge(facts, profile, tools) })
  await mkdir(folder, { recursive: true })
  const sound = await encodeAudio({ plan, source, directory: folder, ...run })
  const chunks: MadeChunk[] = []
  if (plan.video !== null) {
    await encodeVideo({
      plan, source, directory: folder, fromChunk: 0, expectedInits: new Map(), ...run,
      onChunk: async (chunk) => {
        chunks.push(chunk)
      },
    })
  }
  const inits = [...(chunks[0]?.inits ?? []), ...sound.inits]
  const segments = [...chunks.flatMap((chunk) => chunk.segments), ...sound.segments]
  const { captions } = await makeCaptions({ plans: plan.captions, source, origin: plan.audio?.origin ?? rational(0), duration_s: plan.duration_s, directory: join(folder, 'captions'), run })
  const pictures = await makePictures({ plan, inits, segments, directory: join(folder, 'pictures'), run })
  return { state: 'ready', asset, version: '01jz', published_early: false, plan, source: { name: `${asset}.mp4`, size: 1, sha256: 'a'.repeat(64) }, inits, segments, captions, pictures, audio_complete: true }
}
