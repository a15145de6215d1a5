import type { Test } from 'tap'
import { install, NEW } from '../packages.ts'
import type { Scene } from '../scene.ts'

/** 3. The encoder is upgraded in the middle of a chunk: at most that chunk is encoded again. */
export async function encoderUpgrade(t: Test, scene: Scene): Promise<void> {
  const { machine, encoder, table, pace } = scene
  const name = 'upgraded'
  await encoder.clear()
  const dropped = await encoder.drop(name, pace.minutes)
  await encoder.until(name, 'two chunks are done', ({ chunks }) => chunks.done >= 2)
  const [agent, pid] = [await scene.pid('greenroom-agent'), await scene.pid('greenroom-encoder')]
  const harm = await scene.unharmed(t, async () => {
    await install(machine, NEW, 'greenroom-encoder')
    t.equal((await machine.sh('greenroom-encoder --version')).trim(), NEW)
  })
  t.not(await scene.pid('greenroom-encoder'), pid)
  t.equal(await scene.pid('greenroom-agent'), agent, 'the agent is the same process')
  const { chunks, attempt } = await encoder.until(name, 'done', ({ state }) => state === 'done')
  t.ok(attempt > 1, 'it was under way when the encoder was upgraded')
  t.ok(chunks.encoded <= chunks.planned + 1, `${chunks.encoded} chunks encoded for ${chunks.planned}`)
  const frames = await scene.publishedFrames(name)
  t.equal(frames, dropped, 'the asset is whole')
  table.add('encoder upgraded in the middle of a chunk', `${harm}; ${chunks.planned} chunks planned, ${chunks.encoded} encoded, ${frames} of ${dropped} frames published`)
}
