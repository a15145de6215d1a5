import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import t from 'tap'
import { errors } from '../../../../agent/errors.ts'
import { carryOut, reloadHost, type ReloadHost } from '../../../support/reload-host.ts'

const canMount = (await execa('unshare', ['--mount', 'true'], { reject: false })).exitCode === 0
const skip = canMount ? false : 'only root can mount a small file system'

t.test('a full disk under the include directory changes nothing, whichever write it meets', { skip }, async (t) => {
  await using host = await reloadHost()
  await using _small = await smallFileSystem(host)
  const directory = host.nginx.includeDir
  const free = Number((await execa('df', ['--output=avail', '-B1', directory])).stdout.split('\n')[1])
  for (const left of [0, 4096]) {
    const before = await treeOf(directory)
    await writeFile(join(directory, 'ballast'), Buffer.alloc(free - left))
    await t.rejects(host.prepare('green'), { code: errors.storageFailed.code, message: new RegExp(`${directory} cannot be written.*ENOSPC.*nothing was changed; free some space`) })
    await rm(join(directory, 'ballast'))
    t.same(await treeOf(directory), before, `with ${left} bytes left`)
    t.equal(await host.colour(), 'blue')
  }
  await carryOut(await host.prepare('green'))
  t.equal(await host.colour(), 'green')
})

t.test('a disk that fills up after the test is in nobody’s way: neither going forward nor back needs space', { skip }, async (t) => {
  await using host = await reloadHost({ http: 'limit_req_zone $binary_remote_addr zone=one:1m rate=9r/s;' })
  await using _small = await smallFileSystem(host)
  const directory = host.nginx.includeDir
  const change = await host.prepare('green')
  await fill(directory)
  await carryOut(change)
  t.equal(await host.colour(), 'green')
  await rm(join(directory, 'ballast'))
  const before = await readFile(join(directory, 'http.conf'), 'utf8')

  const main = await readFile(host.nginx.config, 'utf8')
  await writeFile(host.nginx.config, main.replace('$binary_remote_addr zone', '$uri zone'))
  const failing = await host.prepare('blue', { force: true })
  await fill(directory)
  await failing.apply(AbortSignal.timeout(20_000))
  await t.rejects(failing.prove(AbortSignal.timeout(20_000)), { message: 'limit_req' })
  t.match((await failing.restore()).evidence, /still serves/)
  t.equal(await readFile(join(directory, 'http.conf'), 'utf8'), before)
})

t.test('an include directory that is mounted read-only is named, with what to do', { skip }, async (t) => {
  await using host = await reloadHost()
  await using _small = await smallFileSystem(host)
  await execa('mount', ['-o', 'remount,ro', host.nginx.includeDir])
  await t.rejects(host.prepare('green'), { code: errors.storageFailed.code, message: /EROFS.*nothing was changed; the file system is mounted read-only: remount it writable/ })
  t.equal(await host.colour(), 'blue')
})

/** Puts the include directory on a file system of its own, of 256 KiB. */
async function smallFileSystem(host: ReloadHost): Promise<AsyncDisposable> {
  const kept = await mkdtemp(join(tmpdir(), 'greenroom-kept-'))
  await cp(host.nginx.includeDir, kept, { recursive: true })
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=755', 'tmpfs', host.nginx.includeDir])
  await cp(kept, host.nginx.includeDir, { recursive: true })
  await rm(kept, { recursive: true })
  return {
    async [Symbol.asyncDispose]() {
      await execa('umount', ['--lazy', host.nginx.includeDir])
    },
  }
}

async function fill(directory: string): Promise<void> {
  // As much as fits: the write that fails has filled the rest.
  await writeFile(join(directory, 'ballast'), Buffer.alloc(1 << 19)).catch(() => {})
}

async function treeOf(directory: string): Promise<[string, string][]> {
  const names = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  return Promise.all(names.map(async (entry) => [entry.name, await readFile(join(entry.parentPath, entry.name), 'utf8')] as [string, string]))
}
