import t from 'tap'
import type { Inspection } from '../../../agent/nginx/traffic.ts'
import { assess } from '../../../agent/switching/upkeep.ts'

const fine: Inspection = {
  hindrances: {},
  running: true,
  pid: 1,
  version: '1.22.1',
  workers: 2,
  lingering: [],
  included: true,
  include_hint: null,
  wired: {},
  files: 'current',
  edited: [],
  loaded: true,
  routed: {},
  serving: {},
  remains: {},
}

t.test('nothing is needed while Nginx has loaded the files that are on disk', async (t) => {
  t.same(assess(fine), { need: 'nothing', problems: [] })
})

t.test('files that are missing, outdated or not loaded are installed where Nginx runs and includes them', async (t) => {
  for (const files of ['absent', 'outdated'] as const) t.equal(assess({ ...fine, files }).need, 'install')
  t.equal(assess({ ...fine, loaded: false }).need, 'install')
})

t.test('route markers that are gone are made anew', async (t) => {
  t.equal(assess({ ...fine, routed: { app: true, other: false } }).need, 'install')
  t.equal(assess({ ...fine, running: false, routed: { app: false } }).need, 'write')
})

t.test('without a running Nginx, or one that includes them, files are only written, and the problem is named', async (t) => {
  t.match(assess({ ...fine, running: false, files: 'absent' }), { need: 'write', problems: [/not running/] })
  t.match(assess({ ...fine, included: false, include_hint: 'add X', files: 'absent' }), { need: 'write', problems: ['add X'] })
  t.match(assess({ ...fine, included: false, include_hint: 'add X', loaded: false }), { need: 'nothing', problems: ['add X'] })
})

t.test('what hinders a service’s switches is a problem that no installation mends', async (t) => {
  t.same(assess({ ...fine, hindrances: { app: [], shop: ['seen late'] } }), { need: 'nothing', problems: ['seen late'] })
})

t.test('a file edited by hand is never replaced by a start', async (t) => {
  const edited = [{ file: '/etc/nginx/greenroom/http.conf', diff: '' }]
  t.match(assess({ ...fine, files: 'edited', edited }), { need: 'nothing', problems: [/http\.conf was edited by hand/] })
})
