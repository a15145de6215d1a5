import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import t, { type Test } from 'tap'
import { runFfmpeg } from '../../../encoder/encode/ffmpeg.ts'
import { fenceWords } from '../../../encoder/encode/fence/fence.ts'
import { probeSource } from '../../../encoder/probe/probe.ts'
import { builtInProfiles } from '../../../encoder/plan/built-in-profiles.ts'
import { debian } from '../../support/ffmpegs.ts'

const tools = await debian.open()
const { files, network } = tools.fence ?? { files: false, network: false }
const noFiles = files ? false : 'this kernel has no Landlock'
const noNetwork = network ? false : 'this kernel has no seccomp filters'

/** A work area with two jobs, each with a clip. */
async function workArea(t: Test) {
  const work = t.testdir({ secret: 'store credentials', jobs: {} })
  for (const job of ['ours', 'other']) {
    await mkdir(join(work, 'jobs', job))
    await execa(tools.ffmpeg, ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=64x36:rate=25:duration=1', join(work, 'jobs', job, 'clip.mp4')])
  }
  const directory = join(work, 'jobs', 'ours')
  const run = (args: readonly string[]) =>
    runFfmpeg({ tools, args, cwd: directory, mark: { work, job: 'ours', directory }, signal: new AbortController().signal, stallMs: 30_000, label: 'testing' })
  return { work, directory, run }
}

t.test('an encode reads and writes in the directory of its job', async (t) => {
  const { directory, run } = await workArea(t)
  await run(['-i', 'file:clip.mp4', '-c:v', 'libx264', 'out.mp4'])
  t.ok((await readFile(join(directory, 'out.mp4'))).length > 1000)
})

t.test('an encode cannot read /etc/passwd, a secret or another job', { skip: noFiles }, async (t) => {
  const { work, run } = await workArea(t)
  for (const path of ['/etc/passwd', join(work, 'secret'), join(work, 'jobs', 'other', 'clip.mp4')]) {
    await t.rejects(run(['-f', 'data', '-i', `file:${path}`, '-map', '0', '-f', 'data', 'stolen']), { message: /Permission denied/ }, path)
  }
})

t.test('a source whose playlist names /etc/passwd gets nothing of it, even where ffmpeg would follow', { skip: noFiles }, async (t) => {
  const { directory, run } = await workArea(t)
  await writeFile(join(directory, 'list.txt'), "ffconcat version 1.0\nfile '/etc/passwd'\n")
  await t.rejects(run(['-f', 'concat', '-safe', '0', '-i', 'file:list.txt', '-f', 'null', '-']), { message: /Permission denied|Impossible to open/ })
})

t.test('an encode cannot write outside its job', { skip: noFiles }, async (t) => {
  const { work, run } = await workArea(t)
  await t.rejects(run(['-i', 'file:clip.mp4', '-c', 'copy', join(work, 'jobs', 'other', 'planted.mp4')]), { message: /Permission denied/ })
})

t.test('a source that names a network address is not fetched: no connection is made', { skip: noNetwork }, async (t) => {
  const { directory, run } = await workArea(t)
  let connections = 0
  const server = createServer().on('connection', (socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  await writeFile(join(directory, 'list.txt'), `ffconcat version 1.0\nfile 'http://127.0.0.1:${port}/s.ts'\n`)
  const asked = ['-protocol_whitelist', 'file,http,tcp', '-f', 'concat', '-safe', '0', '-i', 'file:list.txt', '-f', 'null', '-']
  await t.rejects(run(asked), { message: /ffmpeg ended with exit code/ })
  t.equal(connections, 0)
  await t.rejects(runFfmpeg({ tools: { ...tools, fence: null }, args: asked, cwd: directory, signal: new AbortController().signal, stallMs: 30_000, label: 'testing' }))
  t.ok(connections > 0, 'without the fence it would be')
})

t.test('a fenced program signals itself and nobody else', { skip: noNetwork }, async (t) => {
  const [program = '', ...words] = fenceWords({})
  const tried = await execa(program, [...words, '/bin/sh', '-c', `kill -0 $$ && echo itself; kill -0 ${process.pid} || echo not us`], { reject: false })
  t.match(tried.stdout, /^itself\nnot us$/)
})

t.test('memory that runs out ends the fenced program first', async (t) => {
  const [program = '', ...words] = fenceWords({ read: ['/proc'] })
  t.equal((await execa(program, [...words, '/bin/cat', '/proc/self/oom_score_adj'])).stdout, '500')
})

t.test('a probe sees its source and no other file', { skip: noFiles }, async (t) => {
  const { work, directory } = await workArea(t)
  const facts = await probeSource({ path: join(directory, 'clip.mp4'), tools, deadlineMs: 30_000, limits: builtInProfiles.default.limits, signal: new AbortController().signal })
  t.equal(facts.video?.width, 64)
  const [program = '', ...words] = fenceWords({ read: [join(directory, 'clip.mp4')] })
  const other = await execa(program, [...words, '/usr/bin/ffprobe', '-v', 'error', join(work, 'jobs', 'other', 'clip.mp4')], { reject: false })
  t.match(other.stderr, /Permission denied/)
})

t.test('a program that is not there is told as such, fence or not', async (t) => {
  const { work, directory } = await workArea(t)
  const run = runFfmpeg({ tools: { ...tools, ffmpeg: '/nowhere/ffmpeg' }, args: [], mark: { work, job: 'ours', directory }, signal: new AbortController().signal, stallMs: 30_000, label: 'testing' })
  await t.rejects(run, { code: 'tool_missing', message: /No such file/ })
})
