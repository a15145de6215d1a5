import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { runEncoderHere } from '../../support/encoder-command.ts'

t.test('a plan tells each rung and why, without any encoder', async (t) => {
  const directory = t.testdir({ 'encoder.toml': '', 'words.mp4': 'these are words', 'empty.mp4': '' })
  const clip = join(directory, 'clip.mp4')
  const config = join(directory, 'encoder.toml')
  await promisify(execFile)('/usr/bin/ffmpeg', ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25:d=2', '-f', 'lavfi', '-i', 'sine=d=2', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', clip])

  const { code, stdout } = await runEncoderHere(['plan', clip, '--config', config])
  t.equal(code, 0)
  t.match(stdout, /^\S+clip\.mp4: mov, 2 s, /)
  t.match(stdout, /stream 0: h264 640x360, 25 fps\n {2}stream 1: aac, mono, 44100 Hz\n/)
  t.match(stdout, /v720 +not made[^]*v360 +made +640x360 +h264/)
  t.match(stdout, /25 fps, 1 segment of .*, 1 chunk\n/)
  t.match(stdout, /a0 {2}mono AAC/)
  const json = JSON.parse((await runEncoderHere(['plan', clip, '--json', '--config', config])).stdout) as { plan: { considered: { rung: string; made: boolean }[] } }
  t.ok(json.plan.considered.some(({ rung, made }) => rung === 'v360' && made))

  t.match(await runEncoderHere(['plan', join(directory, 'words.mp4'), '--config', config]), { code: 3, stderr: /^refused: \S+words\.mp4: it is text/ })
  t.match(await runEncoderHere(['plan', join(directory, 'empty.mp4'), '--json', '--config', config]), { code: 3, stdout: /"job_error":"empty_file".*"code":"source_refused"/ })
  t.match(await runEncoderHere(['plan', join(directory, 'none.mp4'), '--config', config]), { code: 2, stderr: /none\.mp4 does not exist\./ })
  t.match(await runEncoderHere(['plan', directory, '--config', config]), { code: 2, stderr: /is not a regular file/ })
  t.match(await runEncoderHere(['plan', clip, '--profile', 'nope', '--config', config]), { code: 3, stderr: /there is no profile "nope"/ })
})

t.test('a host without ffmpeg is told apart from a bad source', async (t) => {
  const config = join(t.testdir({ 'encoder.toml': '[tools]\nffmpeg = "/nonexistent/ffmpeg"\n', 'a.mp4': 'x' }), 'encoder.toml')
  t.match(await runEncoderHere(['plan', join(t.testdirName, 'a.mp4'), '--config', config]), { code: 1, stderr: /^error: \S+a\.mp4: \/nonexistent\/ffmpeg does not exist\. Install ffmpeg/ })
})
