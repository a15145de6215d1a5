import { appendFile, copyFile, mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { checkAsset } from '../../support/asset-check.ts'
import { testEncoder } from '../../support/encoder.ts'
import { followJobs } from '../../support/job-events.ts'
import { makeCounter } from '../../support/media/counter.ts'
import { traversableDirectory } from '../../support/temporary.ts'

const FILES = Number(process.env['SOAK_FILES'] ?? 40)
const MIB = 1024 ** 2

async function residentBytes(pid: number): Promise<number> {
  const [, pages = '0'] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')
  return Number(pages) * 4096
}

/** Of kinds that come and go with the work; sockets of the test itself are among them, so a few more are no leak. */
async function openDescriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}

t.test(`${FILES} small files, four at a time: all published once, nothing left over, memory flat`, { timeout: 600_000 }, async (t) => {
  await using encoder = await testEncoder({ root: await traversableDirectory('greenroom-encoder-'), settings: { jobs: { concurrency: 4 } } })
  const clip = await makeCounter({ file: join(encoder.work, '..', 'clip.mp4'), frames: 10, size: '160x90' })
  await encoder.start()
  await using events = await followJobs(encoder, 590_000)
  const before = { fds: await openDescriptors(encoder.pid) }
  await mkdir(join(encoder.ingest, 'batch'))
  // Each with other bytes, or the second would be done at once.
  for (let index = 0; index < FILES; index += 1) {
    const file = join(encoder.ingest, 'batch', `.${index}.mp4`)
    await copyFile(clip.file, file)
  }
  for (let index = 0; index < FILES; index += 1) {
    await appendFile(join(encoder.ingest, 'batch', `.${index}.mp4`), freeBox(index))
    await rename(join(encoder.ingest, 'batch', `.${index}.mp4`), join(encoder.ingest, 'batch', `${index}.mp4`))
  }
  const ended = new Map<string, string>()
  const memory: number[] = []
  while (ended.size < FILES) {
    const job = await events.until(({ state }) => state === 'done' || state === 'failed')
    if (ended.has(job.id)) continue
    ended.set(job.id, job.state)
    memory.push(await residentBytes(encoder.pid))
  }
  t.same([...new Set(ended.values())], ['done'])
  const assets = (await readdir(join(encoder.media, 'batch'))).length
  t.equal(assets, FILES)
  t.equal((await checkAsset(join(encoder.media, 'batch', '7'))).state, 'ready')
  t.same(await readdir(join(encoder.work, 'jobs')), [])
  const [first = 0, last = 0] = [memory[Math.floor(FILES / 3)], memory.at(-1)]
  t.comment(`resident ${Math.round(first / MIB)} MiB after a third, ${Math.round(last / MIB)} MiB at the end`)
  t.ok(last < first * 1.15 + 10 * MIB, 'memory is flat')
  const children = (await readFile(`/proc/${encoder.pid}/task/${encoder.pid}/children`, 'utf8')).trim()
  t.equal(children, '', 'no process is left over')
  const after = await openDescriptors(encoder.pid)
  t.ok(after <= before.fds + 4, `${after} descriptors are open, ${before.fds} were before`)
})

/** A box that players skip, with a number in it: the same clip, other bytes. */
function freeBox(number: number): Buffer {
  const box = Buffer.alloc(12)
  box.writeUInt32BE(12, 0)
  box.write('free', 4, 'latin1')
  box.writeUInt32BE(number, 8)
  return box
}
