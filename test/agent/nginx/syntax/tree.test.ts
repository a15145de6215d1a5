import { execFile } from 'node:child_process'
import { chmod, mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { parseDump } from '../../../../agent/nginx/syntax/dump.ts'
import { globMatcher } from '../../../../agent/nginx/syntax/glob.ts'
import { readTree } from '../../../../agent/nginx/syntax/read-tree.ts'
import { includedFiles, parseTree, walk } from '../../../../agent/nginx/syntax/tree.ts'

async function exampleTree(t: Tap): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'greenroom-tree-'))
  await chmod(root, 0o755)
  t.after(() => rm(root, { recursive: true, force: true }))
  for (const directory of ['conf.d', 'sites', 'real']) await mkdir(join(root, directory))
  const write = (name: string, text: string) => writeFile(join(root, name), text)
  await write('nginx.conf', `pid ${root}/pid;\nevents {}\nhttp {\n  include conf.d/*.conf;\n  include ${root}/sites/*;\n  include nothing/here*/x.conf;\n}\n`)
  await write('conf.d/b.conf', 'map $uri $b { include map.inc; }')
  await write('conf.d/A.conf', '# configuration file, says a comment\nupstream u { server 127.0.0.1:9; }\n\n')
  await write('conf.d/.hidden.conf', 'nonsense')
  await write('map.inc', 'x y;\n')
  await write('real/app', 'server { listen 127.0.0.1:1; location / { proxy_pass http://u; } }\n')
  await write('sites/.keep', 'nonsense')
  await symlink('../real/app', join(root, 'sites/app'))
  return root
}
type Tap = { after(cleanup: () => Promise<void>): void }

t.test('a tree read from disk is the one that nginx -T dumps', async (t) => {
  const root = await exampleTree(t)
  const config = join(root, 'nginx.conf')
  const read = await readTree(config)
  t.same(read.map(({ path }) => path.slice(root.length + 1)), ['nginx.conf', 'conf.d/A.conf', 'conf.d/b.conf', 'map.inc', 'sites/app'])
  const { stdout } = await promisify(execFile)('/usr/sbin/nginx', ['-T', '-q', '-c', config, '-e', join(root, 'log')])
  t.same(parseDump(stdout), read)
})

t.test('the walker goes through includes and knows the blocks around each directive', async (t) => {
  const root = await exampleTree(t)
  const tree = parseTree(await readTree(join(root, 'nginx.conf')))
  const pass = [...walk(tree)].find(({ directive }) => directive.name === 'proxy_pass')
  t.same(pass?.parents.map(({ name }) => name), ['http', 'server', 'location'])
  t.equal(pass?.file, join(root, 'sites/app'))
  t.same(includedFiles(tree, 'sites/*'), [join(root, 'sites/app')])
  const inMap = [...walk(tree)].find(({ directive }) => directive.name === 'x')
  t.same(inMap?.parents.map(({ name }) => name), ['http', 'map'])
})

t.test('a dump keeps each file as it was, with and without a newline at its end', async (t) => {
  t.same(parseDump('nginx: noise\n# configuration file /a:\nx;\n\n# configuration file /b:\ny;\n'), [
    { path: '/a', text: 'x;\n' },
    { path: '/b', text: 'y;' },
  ])
  t.same(parseDump(''), [])
})

t.test('patterns match as glob(3) does', async (t) => {
  const matches = (pattern: string, path: string) => globMatcher(pattern)(path)
  t.ok(matches('/a/*.conf', '/a/b.conf'))
  t.notOk(matches('/a/*.conf', '/a/.b.conf'))
  t.notOk(matches('/a/*', '/a/b/c'))
  t.ok(matches('/a/[a-c]?', '/a/bz'))
  t.notOk(matches('/a/[!a-c]?', '/a/bz'))
  t.ok(matches('/a/x[]]', '/a/x]'))
  t.ok(matches('/a/con[f', '/a/con[f'))
  t.notOk(matches('/a.b', '/aXb'))
})
