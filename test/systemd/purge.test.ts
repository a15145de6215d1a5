import { execFile } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)
const scripts = join(import.meta.dirname, '../../systemd/package/scripts')

/** Runs a maintainer script in a root of its own that has this machine's programs, and answers what it printed. */
async function maintain(root: string, script: string, ...words: string[]): Promise<string> {
  for (const name of ['usr', 'dev', 'run']) await mkdir(join(root, name), { recursive: true })
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) if (lstatSync(join(root, name), { throwIfNoEntry: false }) === undefined) await symlink(`usr/${name}`, join(root, name))
  await writeFile(join(root, 'script'), await readFile(join(scripts, script)))
  const inside = 'mount --rbind /usr "$1/usr" && mount --rbind /dev "$1/dev" && mount -t tmpfs none "$1/run" && shift 1 && exec chroot "$@"'
  const { stdout } = await run('unshare', ['--mount', 'sh', '-c', inside, 'sh', root, root, 'sh', '/script', ...words])
  return stdout
}

const skip = process.getuid?.() === 0 ? false : 'needs root'

t.test('a purge of the encoder keeps the sources that it had taken and not published', { skip }, async (t) => {
  const root = t.testdir({
    etc: { greenroom: {} },
    srv: { greenroom: { work: { 'ledger.sqlite': '', jobs: { '01JA': { source: { 'film.mov': 'film' }, made: { 'seg.m4s': '' } }, '01JB': { source: {} }, '01JC': {} } }, ingest: { done: { 'old.mov': 'old' } }, media: { '.greenroom': {}, film: { 'master.m3u8': '' } } } },
  })
  const said = await maintain(root, 'encoder/postrm', 'purge')
  const at = (...path: string[]) => join(root, 'srv/greenroom', ...path)
  t.match(said, 'what job 01JA had not published yet is kept in /srv/greenroom/unfinished/01JA')
  t.same(await readdir(at()).then((names) => names.toSorted()), ['ingest', 'media', 'unfinished'])
  t.same(await readdir(at('unfinished')), ['01JA'])
  t.equal(await readFile(at('unfinished/01JA/film.mov'), 'utf8'), 'film')
  t.same(await readdir(at('media')), ['film'])
  t.equal(await readFile(at('ingest/done/old.mov'), 'utf8'), 'old')
  await maintain(root, 'encoder/postrm', 'purge')
})

t.test('a purge of the agent leaves what Nginx reads, also where a vhost is linked from elsewhere', { skip }, async (t) => {
  const root = t.testdir({
    etc: { greenroom: { 'agent.toml': '' }, nginx: { greenroom: { 'http.conf': '' }, 'sites-enabled': {} } },
    srv: { 'app.conf': 'server { include /etc/nginx/greenroom/server/app.conf; }\n' },
    var: { lib: { 'greenroom-agent': { 'state.json': '{}', routes: { app: '' } } } },
  })
  await symlink('/srv/app.conf', join(root, 'etc/nginx/sites-enabled/app'))
  const state = join(root, 'var/lib/greenroom-agent')
  t.match(await maintain(root, 'agent/postrm', 'purge'), 'Nginx still includes /etc/nginx/greenroom')
  t.same(await readdir(state), ['routes'])
  t.same(await readdir(join(root, 'etc')), ['nginx'])
  await writeFile(join(root, 'srv/app.conf'), '# include /etc/nginx/greenroom/server/app.conf;\n')
  t.equal(await maintain(root, 'agent/postrm', 'purge'), '')
  t.same(await readdir(dirname(state)), [])
  t.same(await readdir(join(root, 'etc/nginx')), ['sites-enabled'])
})
