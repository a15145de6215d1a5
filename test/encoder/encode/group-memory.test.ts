import { join } from 'node:path'
import t from 'tap'
import { groupMemory, ranOut, type GroupMemory } from '../../../encoder/encode/group-memory.ts'

const UNIT = 'greenroom-encoder.service'
const LIMIT = 512 * 1024 ** 2
const second = (max: string) => ({ 'memory.max': `${max}\n`, 'memory.events': 'low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n' })

function at(testdir: string) {
  return groupMemory(join(testdir, 'proc'), join(testdir, 'mount'))
}

t.test('of a control group of version 2', (t) => {
  const proc = { cgroup: `0::/system.slice/${UNIT}\n` }
  const limited = t.testdir({ proc, mount: { 'system.slice': { [UNIT]: second(String(LIMIT)) } } })
  t.same(at(limited), { unit: UNIT, limit: LIMIT, hits: 3, kills: 2 })
  const free = t.testdir({ proc, mount: { 'system.slice': { [UNIT]: second('max') } } })
  t.match(at(free), { limit: null, kills: 2 })
  t.end()
})

t.test('of one of version 1, also beside version 2', (t) => {
  const first = (limit: string) => ({ 'memory.limit_in_bytes': `${limit}\n`, 'memory.failcnt': '5\n', 'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n' })
  const proc = { cgroup: `5:devices:/\n4:memory:/system.slice/${UNIT}\n0::/system.slice/${UNIT}\n` }
  const limited = t.testdir({ proc, mount: { memory: { 'system.slice': { [UNIT]: first(String(LIMIT)) } } } })
  t.same(at(limited), { unit: UNIT, limit: LIMIT, hits: 5, kills: 1 })
  const free = t.testdir({ proc, mount: { memory: { 'system.slice': { [UNIT]: first('9223372036854771712') } } } })
  t.match(at(free), { limit: null })
  t.end()
})

t.test('where nothing is told, or no unit is ours', (t) => {
  t.equal(at(t.testdir({})), null)
  t.equal(at(t.testdir({ proc: { cgroup: '0::/system.slice/other.service\n' }, mount: {} })), null)
  t.match(at(t.testdir({ proc: { cgroup: '0::/user\n' }, mount: { user: second('max') } })), { unit: null })
  t.end()
})

t.test('memory ran out when the kernel has ended something meanwhile: within the limit when that was in the way', (t) => {
  const before: GroupMemory = { unit: UNIT, limit: LIMIT + 4096, hits: 3, kills: 2 }
  t.equal(ranOut(before, before), null)
  t.equal(ranOut(before, { ...before, hits: 9 }), null, 'in the way alone ends nothing')
  t.same(ranOut(before, { ...before, hits: 4, kills: 3 }), { unit: UNIT, limit: LIMIT })
  t.same(ranOut(before, { ...before, kills: 3 }), { unit: UNIT, limit: null }, 'it was the host’s')
  t.equal(ranOut(null, before), null)
  t.end()
})
