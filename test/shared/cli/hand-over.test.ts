import { chown, mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { daemonOwner, handOver } from '../../../shared/cli/hand-over.ts'

const root = process.getuid?.() === 0
const AGENT = { uid: 1234, gid: 1235 }

t.test('what root made in the agent’s directory becomes the agent’s, links not followed', { skip: root ? false : 'needs root' }, async (t) => {
  const directory = t.testdir({ state: { 'state.json': '{}' }, outside: 'x' })
  const state = join(directory, 'state')
  await chown(state, AGENT.uid, AGENT.gid)
  await mkdir(join(state, 'gen-2'))
  await writeFile(join(state, 'gen-2/blue-00'), '')
  await symlink(join(directory, 'outside'), join(state, 'link'))
  await handOver(state, await daemonOwner(state))
  for (const path of ['state.json', 'gen-2', 'gen-2/blue-00']) t.match(await stat(join(state, path)), AGENT, path)
  t.match(await stat(join(directory, 'outside')), { uid: 0 })
})

t.test('what belongs to somebody else stays theirs', { skip: root ? false : 'needs root' }, async (t) => {
  const directory = t.testdir({ mine: '' })
  await chown(directory, AGENT.uid, AGENT.gid)
  await chown(join(directory, 'mine'), 4321, 4321)
  await handOver(directory, await daemonOwner(directory))
  t.match(await stat(join(directory, 'mine')), { uid: 4321 })
})

t.test('an agent that runs as root, or never ran, needs nothing', async (t) => {
  if (root) t.equal(await daemonOwner(t.testdir({})), null)
  t.equal(await daemonOwner('/nonexistent'), null)
})
