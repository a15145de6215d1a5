import { execFile } from 'node:child_process'
import { access, cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'

const ROOT = new URL('../../', import.meta.url).pathname
const SYSTEM = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

interface Run {
  readonly code: number
  readonly output: string
}

async function bootstrap(directory: string, path: string, ...args: string[]): Promise<Run> {
  const options = { env: { PATH: path, HOME: directory } }
  return promisify(execFile)('/bin/sh', [join(directory, 'demo/bootstrap.sh'), ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, output: error.stdout + error.stderr }),
  )
}

/** A checkout of its own with the script and the lockfile, without node_modules. */
async function checkout(t: Test): Promise<string> {
  const directory = join(t.testdir(), 'checkout')
  await mkdir(join(directory, 'demo'), { recursive: true })
  for (const file of ['demo/bootstrap.sh', 'demo/test-tools.sh', 'package.json', 'package-lock.json']) await cp(join(ROOT, file), join(directory, file))
  return directory
}

/** A node_modules as npm leaves it, of this lockfile, whose Node is the running one. */
async function installed(directory: string): Promise<void> {
  await mkdir(join(directory, 'node_modules/.bin'), { recursive: true })
  await cp(join(directory, 'package-lock.json'), join(directory, 'node_modules/.package-lock.json'))
  await symlink(process.execPath, join(directory, 'node_modules/.bin/node'))
}

/** What tests of a booted system, of units and of packages want; none is run here. */
const FOR_PACKAGES = ['debootstrap', 'systemd-nspawn', 'systemd-analyze', 'shellcheck', 'lintian']

/** A PATH of links to the system’s programs, without some and with others instead; stands beside the checkout. */
async function pathWith(t: Test, without: readonly string[], instead: Readonly<Record<string, string>> = {}): Promise<string> {
  const directory = join(t.testdirName, 'path')
  await mkdir(directory)
  const needed = ['dirname', 'uname', 'cat', 'grep', 'id', 'readlink', 'ln', 'tr', 'paste', 'curl', 'openssl', 'flock', 'ffmpeg', 'ffprobe', 'apt-get', 'sh', 'chmod', 'cut', 'head', 'mkdir', 'mktemp', 'mv', 'nice', 'rm', 'tail']
  for (const name of needed.filter((name) => !without.includes(name) && !(name in instead))) await symlink(await find(name), join(directory, name))
  for (const name of FOR_PACKAGES.filter((name) => !without.includes(name) && !(name in instead))) await writeFile(join(directory, name), '', { mode: 0o755 })
  for (const [name, text] of Object.entries(instead)) await writeFile(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  await symlink(process.execPath, join(directory, 'node'))
  return directory
}

async function find(name: string): Promise<string> {
  for (const directory of SYSTEM) {
    const path = join(directory, name)
    const there = await access(path).then(() => true, () => false)
    if (there) return path
  }
  throw new Error(`this machine has no ${name}`)
}

t.test('where nothing is missing it says nothing, and takes well under two seconds', async (t) => {
  const directory = await checkout(t)
  await installed(directory)
  const env = { PATH: `${SYSTEM.join(':')}:${dirname(process.execPath)}`, HOME: directory }
  const { stdout, stderr } = await promisify(execFile)('/bin/sh', ['-c', 'sh demo/bootstrap.sh && times'], { cwd: directory, env })
  t.equal(stderr, '')
  // Two lines: user and system time of the shell itself, then of its children. CPU time, since other tests run beside it.
  const lines = stdout.trim().split('\n')
  t.equal(lines.length, 2, 'nothing but the times')
  const seconds = [...(lines[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds))
  t.ok(seconds.length === 2 && seconds.reduce((sum, value) => sum + value) < 1.5, `took ${lines[1]}`)
})

t.test('--check names a missing program’s package and what it is for, and installs nothing', async (t) => {
  const directory = await checkout(t)
  await installed(directory)
  const { code, output } = await bootstrap(directory, await pathWith(t, ['curl']), '--check')
  t.equal(code, 1)
  t.match(output, /missing packages:\n {2}curl +the calls of the README/)
  t.notMatch(output, /installing/)
})

t.test('a user who may not install packages is told the command for root', async (t) => {
  const directory = await checkout(t)
  await installed(directory)
  const { code, output } = await bootstrap(directory, await pathWith(t, ['curl', 'openssl'], { id: 'echo 1000' }))
  t.equal(code, 1)
  t.match(output, /have root run\n\n {4}apt-get install --no-install-recommends curl openssl\n/)
})

t.test('packages are installed through sudo where it needs no password, and only the missing ones', async (t) => {
  const directory = await checkout(t)
  await installed(directory)
  const { code, output } = await bootstrap(directory, await pathWith(t, ['curl'], { id: 'echo 1000', sudo: `printf '%s ' "$@" >> ${directory}/sudo` }))
  t.equal(code, 0, output)
  t.match(output, /curl +the calls of the README/)
  t.match(await readFile(join(directory, 'sudo'), 'utf8'), /-n sh .*bootstrap\.sh --apt curl $/)
})

const WITHOUT_PIP = { python3: 'echo "No module named $2" >&2; exit 1' }
/** A pip whose wheel holds an ffmpeg that runs, and a Go that builds by writing a file. */
const WITH_PIP_AND_GO = {
  python3: `case "$*" in
    *'-m zipfile'*) mkdir -p "$5/imageio_ffmpeg/binaries" && printf '#!/bin/sh\\necho ffmpeg version 9\\n' > "$5/imageio_ffmpeg/binaries/ffmpeg-linux-x86_64-v9.0" ;;
    *'-m pip download'*) echo "$*" >> "\${0%/*}/../asked" ;;
  esac`,
  go: '[ "$1" = version ] && echo go version go1.26.6 linux/amd64 || { mkdir -p "$GOBIN" && cd "$GOBIN" && printf built >minio && printf built >gofakes3 && chmod 755 minio gofakes3 && echo "$*" >> "${0%/*}/../asked"; }',
}

t.test('--tests gets ffmpeg 9 and two S3 servers into the cache, once, and leaves nothing else there', async (t) => {
  const directory = await checkout(t)
  await installed(directory)
  const path = await pathWith(t, [], { ...WITH_PIP_AND_GO, chromium: '' })
  const first = await bootstrap(directory, path, '--tests')
  t.equal(first.code, 0, first.output)
  t.match(first.output, /getting ffmpeg 9[^]*building a MinIO server[^]*building gofakes3/)
  t.notMatch(first.output, /skipped/)
  const cache = join(directory, '.cache/greenroom')
  t.strictSame((await readdir(cache)).toSorted(), ['bin', 'ffmpeg9'])
  for (const program of ['ffmpeg9/ffmpeg', 'bin/minio', 'bin/gofakes3']) t.equal((await stat(join(cache, program))).mode & 0o777, 0o755, program)
  t.match(await readFile(join(t.testdirName, 'asked'), 'utf8'), /imageio-ffmpeg==.*\n.*install .*minio@v.*\n.*install .*gofakes3@v/)
  t.same(await bootstrap(directory, path, '--tests'), { code: 0, output: '' }, 'silent the second time')
})

t.test('--tests installs together what a booted system, units and packages are tested with, and one by one where that fails', async (t) => {
  const directory = await checkout(t)
  await installed(directory)
  // An apt-get that has no lintian.
  const sudo = `printf '%s\\n' "\${*#*bootstrap.sh }" >> ${directory}/sudo; case "$*" in *lintian*) echo 'E: Unable to locate package lintian'; exit 1 ;; esac`
  const path = await pathWith(t, FOR_PACKAGES, { ...WITH_PIP_AND_GO, chromium: '', id: 'echo 1000', sudo })
  const { code, output } = await bootstrap(directory, path, '--tests')
  t.equal(code, 0, output)
  const asked = (await readFile(join(directory, 'sudo'), 'utf8')).split('\n').filter((line) => line.includes('--apt'))
  const missing = /^bootstrap: installing with apt-get, for tests: (.+)$/m.exec(output)?.[1]?.split(' ') ?? []
  t.ok(missing.includes('lintian'), output)
  t.same(asked, [missing.join(' '), ...missing].map((words) => `--apt ${words}`))
  t.match(output, /no lintian, so the tests that need it are skipped: E: Unable to locate/)
})

t.test('what only some tests need and cannot be had is said in one line each, and is no failure', async (t) => {
  const directory = await checkout(t)
  await installed(directory)
  const { code, output } = await bootstrap(directory, await pathWith(t, ['chromium'], { ...WITHOUT_PIP, id: 'echo 1000' }), '--tests')
  t.equal(code, 0, output)
  for (const tool of ['chromium', 'python3-pip', 'ffmpeg 9', 'MinIO server']) {
    t.equal(output.split('\n').filter((line) => line.startsWith(`bootstrap: no ${tool}, so `)).length, 1, tool, { output })
  }
  t.match(output, /no ffmpeg 9, so its tests are skipped: No module named pip/)
})

t.test('node_modules that do not match the lockfile are installed anew, whatever npm around it says to leave out', async (t) => {
  const directory = await checkout(t)
  await installed(directory)
  const lock = await readFile(join(directory, 'package-lock.json'), 'utf8')
  await writeFile(join(directory, 'node_modules/.package-lock.json'), lock.replace('"version": "21', '"version": "20'))
  const npm = `echo "$@" > ${directory}/npm; cp ${directory}/package-lock.json ${directory}/node_modules/.package-lock.json`
  const path = await pathWith(t, [], { npm })
  await symlink(await find('cp'), join(path, 'cp'))
  const { code, output } = await bootstrap(directory, path)
  t.equal(code, 0, output)
  t.match(output, /npm ci/)
  t.match(await readFile(join(directory, 'npm'), 'utf8'), /^ci --include=dev --include=optional /)
})

t.test('a node_modules that is a symbolic link is never emptied', async (t) => {
  const directory = await checkout(t)
  await mkdir(join(directory, 'elsewhere'))
  await symlink(join(directory, 'elsewhere'), join(directory, 'node_modules'))
  const { code, output } = await bootstrap(directory, await pathWith(t, [], { npm: 'exit 9' }))
  t.equal(code, 1)
  t.match(output, /symbolic link/)
})
