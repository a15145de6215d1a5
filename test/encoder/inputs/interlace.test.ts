import { join } from 'node:path'
import t from 'tap'
import { encodeSource } from '../../support/chain.ts'
import { comesOutRight } from '../../support/input-check.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { readCounter } from '../../support/media/read-counter.ts'
import { UNREADABLE } from '../../support/media/number-picture.ts'
import { ffmpeg } from '../../support/media/tools.ts'

t.setTimeout(900_000)

/**
 * Each field has a number of its own: in Gray code, since in plain numbers the lowest bit would be the same in every first
 * field, and another in every second, which a deinterlacer must take for a fine still pattern.
 */
const gray = (index: number) => index ^ (index >> 1)
/** Deinterlaced in the right order, a frame shows its first field; in the wrong one or not at all, the second, or a mixture that cannot be read. */
const FIRST_FIELDS = Array.from({ length: 75 }, (_, index) => gray(index * 2))

t.test('interlaced pictures come out whole, by the order of their fields', async (t) => {
  for (const [name, order, input] of [
    ['H.264, top field first, in a transport stream', 'top', { file: 'clip.ts', audio: [{ codec: 'mp2' }] }],
    ['H.264, bottom field first', 'bottom', { file: 'clip.mp4' }],
    ['MPEG-2, top field first', 'top', { file: 'clip.mpg', codec: 'mpeg2video', audio: [{ codec: 'mp2' }], b_frames: 2 }],
    ['DV, bottom field first', 'bottom', { file: 'clip.mov', codec: 'dvvideo', size: '720x576', filters: [], audio: [{ codec: 'pcm_s16le' }] }],
  ] as const) {
    await t.test(name, async (t) => {
      const { facts } = await comesOutRight(t, { ...input, interlaced: order, frames: 150, number: gray, size: 'size' in input ? input.size : '320x180' }, { numbers: FIRST_FIELDS })
      t.equal(facts.video?.field_order, `${order}_first`)
    })
  }
})

t.test('telecined film loses no picture', async (t) => {
  const directory = t.testdir()
  const film = await makeCounter({ file: join(directory, 'film.mkv'), rate: '24000/1001', frames: 96, codec: 'ffv1', size: '320x180', audio: [] })
  const source = join(directory, 'telecined.mpg')
  await ffmpeg(['-v', 'error', '-y', '-i', film.file, '-vf', 'telecine=first_field=top,setfield=tff', '-r', '30000/1001', '-c:v', 'mpeg2video', '-flags', '+ildct+ilme', '-q:v', '2', source])
  const { video, facts } = await encodeSource(source, join(directory, 'work'))
  t.not(facts.video?.field_order, 'progressive')
  for (const { media } of video) {
    const numbers = (await readCounter(media)).filter((number) => number !== UNREADABLE)
    t.strictSame(numbers, numbers.toSorted((a, b) => a - b), 'in order')
    t.strictSame([...new Set(numbers)], Array.from({ length: 96 }, (_, index) => index), 'every picture of the film is seen')
  }
})

t.test('a recording that is interlaced only in part keeps the rest as it is', async (t) => {
  const directory = t.testdir()
  const common = { rate: '25', size: '320x180', codec: 'mpeg2video', gop: 12, audio: [] } as const
  const whole = await makeCounter({ ...common, file: join(directory, 'whole.ts'), frames: 100 })
  const fields = await makeCounter({ ...common, file: join(directory, 'fields.ts'), frames: 200, interlaced: 'top', number: (index) => 1024 + gray(index) })
  const source = join(directory, 'mixed.ts')
  await ffmpeg(['-v', 'error', '-y', '-i', `concat:${whole.file}|${fields.file}`, '-c', 'copy', '-fflags', '+genpts', source])
  const { video } = await encodeSource(source, join(directory, 'work'))
  const expected = [...Array.from({ length: 100 }, (_, index) => index), ...Array.from({ length: 100 }, (_, index) => 1024 + gray(index * 2))]
  for (const { media } of video) {
    const numbers = await readCounter(media)
    // Where the two meet, one picture may be a mixture.
    t.ok(numbers.length >= 199 && numbers.length <= 201, `${numbers.length} frames`)
    const missed = expected.filter((number) => !numbers.includes(number))
    t.ok(missed.length <= 1, `missed: ${missed.join(' ')}`)
  }
})
