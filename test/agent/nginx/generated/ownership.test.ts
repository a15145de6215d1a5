import { appendFileSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readGenerated, writeGenerated } from '../../../../agent/nginx/generated/ownership.ts'
import { isSealed, seal } from '../../../../agent/nginx/generated/seal.ts'
import { prepareMarkers } from '../../../../agent/nginx/markers/change.ts'
import { settleMarkers } from '../../../../agent/nginx/markers/settle.ts'
import { renderFiles } from '../../../../agent/nginx/render/render.ts'
import { BLUE, GREEN, testEdge } from '../../../support/edge.ts'

function paths(root: string) {
  return { state_dir: join(root, 'state'), nginx: { include_dir: join(root, 'include') } }
}

t.test('a file that the agent wrote is known again, with the nonce it serves', async (t) => {
  await using edge = await testEdge()
  for (const [name, text] of renderFiles(edge.config, [edge.plan('app', BLUE)], 'abc-123')) await writeGenerated(edge.config, name, text)
  t.match(await readGenerated(edge.config, 'http.conf'), { state: 'intact', nonce: 'abc-123' })
  t.match(await readGenerated(edge.config, 'server/app.conf'), { state: 'intact', nonce: null })
  t.same(await readGenerated(edge.config, 'stream.conf'), { state: 'absent' })
})

t.test('an edit by hand is shown as a unified diff against what the agent wrote', async (t) => {
  const config = paths(t.testdir({ include: {} }))
  await writeGenerated(config, 'http.conf', seal('one;\ntwo;\nthree;\n'))
  const path = join(config.nginx.include_dir, 'http.conf')
  writeFileSync(path, readFileSync(path, 'utf8').replace('two;', 'deux;'))
  const found = await readGenerated(config, 'http.conf')
  t.match(found, { state: 'edited', diff: /^-two;\n\+deux;$/m })
  rmSync(config.state_dir, { recursive: true })
  t.match(await readGenerated(config, 'http.conf'), { state: 'edited', diff: /^\+deux;$/m }, 'also where the state directory is lost')
})

t.test('each way of touching a sealed text breaks its seal', async (t) => {
  const text = seal('listen 127.0.0.1:1;\n')
  t.equal(isSealed(text), true)
  for (const touched of [`${text}\n`, text.replace('1;', '2;'), `\n${text}`, text.replace('Do not edit', 'Do edit'), text.replace(/sha256:../, 'sha256:00'), text.slice(0, -1), '']) {
    t.equal(isSealed(touched), false)
  }
})

t.test('a generated file is readable for all whatever the umask, and never written through a link out of its directory', async (t) => {
  const umask = process.umask(0o077)
  t.teardown(() => process.umask(umask))
  const root = t.testdir({ include: {}, elsewhere: {} })
  const config = paths(root)
  await writeGenerated(config, 'server/app.conf', seal('a;\n'))
  t.equal(statSync(join(root, 'include/server/app.conf')).mode & 0o777, 0o644)
  rmSync(join(root, 'include/server'), { recursive: true })
  symlinkSync(join(root, 'elsewhere'), join(root, 'include/server'))
  await t.rejects(writeGenerated(config, 'server/app.conf', seal('a;\n')), { name: 'ReplaceFailed' })
})

t.test('after a switch the fallback on disk is the new live colour; an edited file is left with a warning', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  await edge.nginx.start()
  const change = await prepareMarkers(edge.config, edge.plan('app', BLUE), edge.plan('app', GREEN))
  t.same(await change.settle(), [])
  const path = join(edge.nginx.includeDir, 'server/beside/app.conf')
  t.match(readFileSync(path, 'utf8'), 'set $greenroom_app greenroom_app_green;')
  t.match(await readGenerated(edge.config, 'server/beside/app.conf'), { state: 'intact' })
  appendFileSync(path, '# mine\n')
  t.match(await settleMarkers(edge.config, edge.plan('app', BLUE), []), [/server\/beside\/app\.conf was edited by hand/])
  t.match(readFileSync(path, 'utf8'), '# mine')
})

t.test('what cannot be settled is a warning that says so', async (t) => {
  await using edge = await testEdge()
  await edge.install({ app: BLUE })
  const file = join(edge.nginx.root, 'nginx.conf')
  const lost = { ...edge.config, nginx: { ...edge.config.nginx, include_dir: file, routes_dir: file } }
  t.match(await settleMarkers(lost, edge.plan('app', GREEN), []), [/The fallback colour in server\/beside\/app\.conf could not be brought up to date/, /Old generations of app could not be removed/])
})
