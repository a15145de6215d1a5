import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { replaceFile } from '../../../shared/files/atomic.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'

const modeOf = async (path: string) => (await stat(path)).mode & 0o7777

t.test('creates a file, readable for all whatever the umask is', async (t) => {
  const directory = t.testdir()
  const umask = process.umask(0o077)
  t.teardown(() => process.umask(umask))
  await replaceFile(join(directory, 'a.conf'), 'one')
  t.equal(await readFile(join(directory, 'a.conf'), 'utf8'), 'one')
  t.equal(await modeOf(join(directory, 'a.conf')), 0o644)
})

t.test('keeps the mode of the file it replaces, unless one is asked for', async (t) => {
  const file = join(t.testdir({ 'a.conf': 'one' }), 'a.conf')
  await chmod(file, 0o600)
  await replaceFile(file, 'two')
  t.equal(await modeOf(file), 0o600)
  await replaceFile(file, Buffer.from('three'), { mode: 0o640 })
  t.equal(await modeOf(file), 0o640)
  t.equal(await readFile(file, 'utf8'), 'three')
})

t.test('keeps owner and group, so that a daemon can still read what root replaced', { skip: process.getuid?.() === 0 ? false : 'only root can give files away' }, async (t) => {
  const file = join(t.testdir({ tokens: 'one' }), 'tokens')
  await chown(file, 12_345, 12_346)
  await replaceFile(file, 'two', { mode: 0o600 })
  const { uid, gid } = await stat(file)
  t.same({ uid, gid }, { uid: 12_345, gid: 12_346 })
})

t.test('leaves nothing but the file behind', async (t) => {
  const directory = t.testdir()
  await Promise.all(Array.from({ length: 20 }, (_, n) => replaceFile(join(directory, 'a.conf'), String(n))))
  t.same(await readdir(directory), ['a.conf'])
})

t.test('follows a symbolic link inside its directory and keeps the link', async (t) => {
  const directory = t.testdir({ 'real.conf': 'one', 'link.conf': t.fixture('symlink', 'real.conf') })
  await replaceFile(join(directory, 'link.conf'), 'two')
  t.equal(await readFile(join(directory, 'real.conf'), 'utf8'), 'two')
  t.equal(await readlink(join(directory, 'link.conf')), 'real.conf')
})

t.test('never follows a symbolic link out of its directory, and says where it leads', async (t) => {
  const directory = t.testdir({ etc: { shadow: 'precious' }, own: { 'a.conf': t.fixture('symlink', '../etc/shadow') } })
  await t.rejects(replaceFile(join(directory, 'own/a.conf'), 'evil'), { name: 'ReplaceFailed', message: /leads to .*etc\/shadow through a symbolic link, outside .*own; it was not written/ })
  t.equal(await readFile(join(directory, 'etc/shadow'), 'utf8'), 'precious')
})

t.test('within: a directory on the way that is a link out of it is refused too', async (t) => {
  const directory = t.testdir({ outside: {}, inside: { server: t.fixture('symlink', '../outside') }, 'inside-too': {} })
  const within = join(directory, 'inside')
  await t.rejects(replaceFile(join(within, 'server/a.conf'), 'x', { within }), /outside .*inside/)
  await t.rejects(replaceFile(join(directory, 'inside-too/a.conf'), 'x', { within }), /outside .*inside/)
  await t.rejects(replaceFile(join(within, '../outside/a.conf'), 'x', { within }), /outside .*inside/)
  t.same(await readdir(join(directory, 'outside')), [])
  await mkdir(join(within, 'maintenance'))
  await replaceFile(join(within, 'maintenance/a.html'), 'x', { within })
})

t.test('a link to nowhere, a missing directory and a directory in its place each say what is wrong', async (t) => {
  const directory = t.testdir({ dangling: t.fixture('symlink', 'nowhere'), folder: { file: '' } })
  await t.rejects(replaceFile(join(directory, 'dangling'), 'x'), { name: 'ReplaceFailed', code: 'ENOENT' })
  await t.rejects(replaceFile(join(directory, 'missing/a'), 'x'), { name: 'ReplaceFailed', code: 'ENOENT' })
  await t.rejects(replaceFile(join(directory, 'folder'), 'x'), { name: 'ReplaceFailed', message: /could not be replaced and is as before: EISDIR/ })
  t.same((await readdir(directory)).toSorted(), ['dangling', 'folder'])
})

t.test('a full disk leaves the old content and no temporary file', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk()
  const file = join(disk.path, 'a.conf')
  await replaceFile(file, 'old')
  await disk.fill()
  await t.rejects(replaceFile(file, 'new'.repeat(10_000)), { name: 'ReplaceFailed', code: 'ENOSPC', message: /a\.conf could not be replaced and is as before: ENOSPC/ })
  t.equal(await readFile(file, 'utf8'), 'old')
  t.same((await readdir(disk.path)).toSorted(), ['a.conf', 'filler'])
  await disk.free()
  await replaceFile(file, 'new')
  t.equal(await readFile(file, 'utf8'), 'new')
})

t.test('a read-only disk is told as such', { skip: noSmallDisk }, async (t) => {
  await using disk = await smallDisk()
  await replaceFile(join(disk.path, 'a.conf'), 'old')
  await disk.remountReadOnly()
  await t.rejects(replaceFile(join(disk.path, 'a.conf'), 'new'), { code: 'EROFS', message: /as before: EROFS: read-only file system/ })
})

t.test('killed at any moment, the file is one content or the other, whole', async (t) => {
  const directory = t.testdir()
  const file = join(directory, 'a.conf')
  const contents = ['a', 'b'].map((letter) => letter.repeat(200_000))
  await writeFile(file, contents[0] ?? '')
  const writer = `
    import { replaceFile } from ${JSON.stringify(new URL('../../../shared/files/atomic.ts', import.meta.url).href)}
    process.stdout.write('started')
    for (let n = 0; ; n += 1) await replaceFile(${JSON.stringify(file)}, 'ab'[n % 2].repeat(200_000))`
  for (let round = 0; round < 5; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', writer], { stdio: ['ignore', 'pipe', 'inherit'], env: {} })
    await once(child.stdout, 'data')
    for (let reads = 0; reads < 10 + round * 7; reads += 1) t.ok(contents.includes(await readFile(file, 'utf8')), 'whole while it is replaced')
    child.kill('SIGKILL')
    await once(child, 'exit')
    t.ok(contents.includes(await readFile(file, 'utf8')), 'whole after the kill')
  }
  await replaceFile(file, 'end')
  t.same(await readdir(directory), ['a.conf'], 'what the killed writers left is cleared away')
})

t.test('temporary files of living writers and of other files are left alone', async (t) => {
  const others = [`.a.conf.1.0123456789ab.tmp`, '.b.conf.999999999.0123456789ab.tmp', '.a.conf.backup']
  const directory = t.testdir(Object.fromEntries([...others, '.a.conf.999999999.0123456789ab.tmp'].map((name) => [name, ''])))
  await replaceFile(join(directory, 'a.conf'), 'x')
  t.same((await readdir(directory)).toSorted(), [...others, 'a.conf'].toSorted())
  await symlink('/etc/passwd', join(directory, 'link'))
  await t.rejects(replaceFile(join(directory, 'link'), 'x'), /outside/)
})
