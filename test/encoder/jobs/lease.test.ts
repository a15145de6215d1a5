import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { isAlive, thisProcess } from '../../../encoder/jobs/lease.ts'

t.test('an owner is alive as long as the very process is: not after its end, not after a boot, not by another with its pid', async (t) => {
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const owner = await thisProcess(child.pid)
  t.equal(await isAlive(owner), true)
  t.equal(await isAlive(await thisProcess()), true)
  t.equal(await isAlive(owner.replace(/:\d+$/, ':1')), false, 'the pid was given to another process')
  t.equal(await isAlive(owner.replace(/^[^:]+/, '00000000-0000-0000-0000-000000000000')), false, 'the machine was booted since')
  child.kill('SIGKILL')
  await once(child, 'close')
  t.equal(await isAlive(owner), false)
})
