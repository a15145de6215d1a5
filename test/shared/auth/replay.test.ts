import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ReplayGuard } from '../../../shared/auth/replay.ts'

const NONCE = 'abcdefghijklmnop'

async function guardAt(t: Test, start: number) {
  const file = join(t.testdir({}), 'signed-calls')
  await writeFile(file, '1\n')
  const clock = { s: start }
  const open = () => ReplayGuard.open(file, () => clock.s * 1000)
  return { file, clock, open, guard: await open() }
}

t.test('a call is taken once', async (t) => {
  const { guard } = await guardAt(t, 5000)
  t.equal(await guard.take('ci', NONCE, 5000), null)
  t.equal(await guard.take('ci', NONCE, 5000), 'replayed')
  t.equal(await guard.take('ci', NONCE, 5001), 'replayed', 'the nonce counts, whatever the time')
  t.equal(await guard.take('other', NONCE, 5000), null, 'another key may choose the same nonce')
})

t.test('two replays at the same instant: one passes', async (t) => {
  const { guard } = await guardAt(t, 5000)
  const results = await Promise.all(Array.from({ length: 20 }, () => guard.take('ci', NONCE, 5000)))
  t.equal(results.filter((result) => result === null).length, 1)
})

t.test('a call is refused more than a minute from the clock, either way', async (t) => {
  const { guard } = await guardAt(t, 5000)
  t.equal(await guard.take('ci', NONCE, 4939), 'clock')
  t.equal(await guard.take('ci', NONCE, 5061), 'clock')
  t.equal(await guard.take('ci', NONCE, 4940), null)
})

t.test('after a restart no earlier call passes again, also one signed by a clock that is ahead', async (t) => {
  const { guard, open, clock } = await guardAt(t, 5000)
  t.equal(await guard.take('ci', NONCE, 5050), null)
  clock.s = 5010
  const restarted = await open()
  t.equal(await restarted.take('ci', NONCE, 5050), 'old')
  clock.s = 5051
  t.equal(await restarted.take('ci', 'ponmlkjihgfedcba', 5051), null)
})

t.test('without its file, calls signed before the start are refused', async (t) => {
  const clock = { s: 5000 }
  const guard = await ReplayGuard.open(join(t.testdir({}), 'signed-calls'), () => clock.s * 1000)
  t.equal(await guard.take('ci', NONCE, 5000), 'old')
  clock.s = 5001
  t.equal(await guard.take('ci', NONCE, 5001), null)
})

t.test('no replay passes when the clock jumps back after the call was forgotten', async (t) => {
  const { guard, clock } = await guardAt(t, 5000)
  t.equal(await guard.take('ci', NONCE, 5000), null)
  clock.s = 5100
  t.equal(await guard.take('ci', 'ponmlkjihgfedcba', 5100), null)
  clock.s = 5000
  t.equal(await guard.take('ci', NONCE, 5000), 'old')
})

t.test('more calls than are remembered raise the floor instead of letting one through twice', async (t) => {
  const { guard, clock } = await guardAt(t, 5000)
  t.equal(await guard.take('ci', NONCE, 4990), null)
  for (let n = 0; n < 50_000; n += 1) await guard.take('ci', `nonce-${n}-padding-x`, 4991)
  t.equal(await guard.take('ci', NONCE, 4990), 'old')
  clock.s = 5001
  t.equal(await guard.take('ci', NONCE, 5001), null)
})

t.test('a key that signs more calls than are remembered, ahead of the clock, shuts out no other key', async (t) => {
  const { guard } = await guardAt(t, 5000)
  for (let n = 0; n <= 50_000; n += 1) await guard.take('viewer', `nonce-${n}-padding-x`, 5060)
  t.equal(await guard.take('viewer', NONCE, 5060), 'old')
  t.equal(await guard.take('deploy', NONCE, 5000), null)
})

t.test('the newest time is on disk before a call goes on; where that fails the call does too', async (t) => {
  const { guard, file } = await guardAt(t, 5000)
  await guard.take('ci', NONCE, 5003)
  t.equal(await readFile(file, 'utf8'), '5003\n')
  const nowhere = await ReplayGuard.open(join(t.testdir({}), 'gone', 'file'), () => 5_000_000)
  await t.rejects(nowhere.take('ci', NONCE, 5001), /signed-calls|file/)
})
