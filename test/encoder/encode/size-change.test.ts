import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Profile } from '../../../encoder/plan/profile.ts'
import { builtInProfiles } from '../../../encoder/plan/built-in-profiles.ts'
import { ffmpegs } from '../../support/ffmpegs.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { TestEncoding } from '../../support/media/encode.ts'
import { readCounter } from '../../support/media/read-counter.ts'
import { planOf } from '../../support/probe-source.ts'

const profile: Profile = { ...builtInProfiles.preview, segment_s: 1, chunk_s: 1, max_frame_rate: 60 }

for (const tool of ffmpegs) {
  t.test(`${tool.name}: a broadcast that goes from one size to another keeps every picture in its place`, { skip: tool.skip }, async (t) => {
    const directory = t.testdir()
    for (const interlaced of [undefined, 'top'] as const) {
      // Interlaced clips show a number for each field; two alike make a frame that can be read whole.
      const number = (index: number): number => (interlaced === undefined ? index : Math.floor(index / 2))
      const clip = { rate: '25', gop: 25, audio: [], frames: interlaced === undefined ? 50 : 100, ...(interlaced === undefined ? {} : { interlaced }) }
      const first = await makeCounter({ ...clip, file: join(directory, 'small.ts'), size: '320x192', number })
      const second = await makeCounter({ ...clip, file: join(directory, 'large.ts'), size: '640x384', offset_s: 2, number: (index) => 50 + number(index) })
      const file = join(directory, 'both.ts')
      await writeFile(file, Buffer.concat([await readFile(first.file), await readFile(second.file)]))
      const { facts, plan } = await planOf(file, profile)
      t.match(facts.video, { size_changes: true, width: 320, height: 192, jumps: [], field_order: interlaced === undefined ? 'progressive' : 'top_first' })
      t.ok(plan.notes.some((note) => note.includes('change their size on the way: all become as the first, 320×192')))
      if (plan.video === null) throw new Error('no video was planned')
      t.ok(plan.video.chunks.length > 2)
      const made = join(directory, `made-${interlaced ?? 'progressive'}`)
      const encoding = new TestEncoding(plan.video, { source: file, directory: made, tools: await tool.open() })
      await encoding.run()
      const numbers = await readCounter(encoding.media(plan.video.rungs[0]?.id ?? ''))
      t.strictSame(numbers, Array.from({ length: 100 }, (_, index) => index), interlaced ?? 'progressive')
      // Begun behind the change, and what is wanted from there on.
      encoding.chunks.length = plan.video.chunks.length - 1
      await encoding.run()
      t.strictSame(await readCounter(encoding.media(plan.video.rungs[0]?.id ?? '')), numbers, 'begun behind the change')
    }
  })
}
