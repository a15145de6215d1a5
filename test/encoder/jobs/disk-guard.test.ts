import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { DiskGuard, expectedBytes } from '../../../encoder/jobs/disk-guard.ts'
import type { Plan } from '../../../encoder/plan/plan.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'

const MIB = 1024 ** 2

t.test('what running jobs will still write is not given away twice', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(64 * 1024)
  const guard = new DiskGuard(disk.path, 16 * MIB)
  t.equal(guard.refusal(10 * MIB), null)
  guard.reserve('a', 30 * MIB)
  t.match(guard.refusal(20 * MIB), { reason: 'no_space', detail: /30MiB/ })
  t.throws(() => guard.reserve('b', 40 * MIB), { code: 'no_space', fault: 'environment' })
  guard.lessen('a', 20 * MIB)
  t.equal(guard.refusal(20 * MIB), null, 'what a chunk took is not held a second time')
  guard.release('a')
  guard.lessen('a', 60 * MIB)
  t.equal(guard.refusal(20 * MIB), null)
})

t.test('space that somebody else fills counts at once', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk(64 * 1024)
  const guard = new DiskGuard(disk.path, 16 * MIB)
  await writeFile(join(disk.path, 'foreign'), Buffer.alloc(56 * MIB))
  t.match(guard.refusal(0), { reason: 'no_space' })
})

t.test('a plan is expected to need what its caps allow, less with each chunk that is done', (t) => {
  const plan = { duration_s: 100, video: { rungs: [{ maxrate_kbps: 4000 }, { maxrate_kbps: 1000 }] }, audio: { renditions: [{ bitrate_kbps: 128 }] } } as unknown as Plan
  const [whole, half, rest] = [expectedBytes(plan, 0), expectedBytes(plan, 0.5), expectedBytes(plan, 1)]
  t.ok(whole > 100 * 3_000_000 / 8 && whole < 100 * 5_128_000 / 8 + 20 * MIB)
  t.ok(Math.abs(whole - rest - 2 * (half - rest)) <= 2)
  t.end()
})
