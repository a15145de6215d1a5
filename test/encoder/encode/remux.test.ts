import { readdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import t from 'tap'
import { remuxToMatroska } from '../../../encoder/encode/remux.ts'
import { ffmpegs } from '../../support/ffmpegs.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { TestEncoding } from '../../support/media/encode.ts'
import { readCounter } from '../../support/media/read-counter.ts'
import { testPlan } from '../../support/media/test-plan.ts'

for (const tool of ffmpegs) {
  t.test(`${tool.name}: two recordings in one transport stream, hours apart, become one that can be encoded from any chunk on`, { skip: tool.skip }, async (t) => {
    const directory = t.testdir({})
    const tools = await tool.open()
    const parts = []
    for (const [index, offset] of [40_000, 7].entries()) {
      parts.push(await makeCounter({ file: join(directory, `${index}.ts`), frames: 60, gop: 20, number: (frame) => frame + index * 60, offset_s: offset, audio: [] }))
    }
    const spliced = join(directory, 'spliced.ts')
    await writeFile(spliced, Buffer.concat(await Promise.all(parts.map(({ file }) => readFile(file)))))
    const target = join(directory, 'remuxed.mkv')
    const run = { tools, signal: new AbortController().signal, stallMs: 30_000 }
    await remuxToMatroska({ source: spliced, target, late_s: null, ...run })
    t.same(await readCounter(target), Array.from({ length: 120 }, (_, index) => index))

    const video = testPlan(target, { rungs: [{}], chunk: 3 })
    const encoding = new TestEncoding(video, { source: target, directory: join(directory, 'made'), tools })
    await encoding.run()
    encoding.chunks.length = 2
    await encoding.run()
    t.same(await readCounter(encoding.media('v180')), Array.from({ length: 120 }, (_, index) => index))

    await t.rejects(remuxToMatroska({ source: join(directory, 'none.ts'), target: join(directory, 'none.mkv'), late_s: null, ...run }), { code: 'tool_failed' })
    t.notOk(readdirSync(directory).some((name) => basename(name).startsWith('none')), 'nothing half done is left')
  })
}
