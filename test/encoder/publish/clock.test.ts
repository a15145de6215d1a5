import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { memoryDirectory } from '../../support/memory-directory.ts'
import { noMinio, testMinio } from '../../support/minio.ts'
import { makeVersion, minioConfig } from '../../support/publisher.ts'
import type { Script } from '../../support/publisher-process.ts'

const at = (name: string) => new URL(`../../support/${name}`, import.meta.url).pathname

t.test('with a clock that is 20 minutes off it stops and says so; once the clock is set, it goes on by itself', { skip: noMinio }, async (t) => {
  await using minio = await testMinio()
  const work = join(await memoryDirectory(t), 'work')
  await mkdir(work)
  const made = makeVersion(work, 'film')
  const script: Script = {
    work, config: await minioConfig(minio), told: ['/bin/cat'], doomed: null,
    versions: [{ version: made.version, objects: [...made.segments, made.playlist], pointings: [{ objects: 4, pointing: made.ready }], abandoned: false }],
  }
  await writeFile(join(work, 'script.json'), JSON.stringify(script))
  const wrong = join(work, 'clock-is-wrong')
  await writeFile(wrong, '')
  const child = spawn(process.execPath, ['--import', at('shifted-clock.ts'), at('publisher-process.ts'), join(work, 'script.json')], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, SHIFTED_CLOCK: wrong } })
  const told: { msg: string; code: string }[] = []
  for await (const line of createInterface(child.stdout)) {
    if (line === 'done') break
    told.push(JSON.parse(line) as { msg: string; code: string })
    await rm(wrong, { force: true })
  }
  if (child.exitCode === null) await once(child, 'exit')
  t.equal(child.exitCode, 0)
  t.match(told, [{ code: 'clock_skew', msg: /refuses the clock of this host.*timedatectl set-ntp true/ }, { msg: 'the store works again' }])
  t.ok((await minio.client().statObject('media', 'film/asset.json')).size > 0)
})
