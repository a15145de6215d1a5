import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { readLocalConfig } from '../../../shared/cli/local-config.ts'
import { ENCODER_PROGRAM } from '../../../encoder/cli/encoder-program.ts'
import { loadEncoderConfig } from '../../../encoder/load-config.ts'
import { runEncoderHere } from '../../support/encoder-command.ts'

t.test('the defaults that commands assume are those of the schema', async (t) => {
  const file = join(t.testdir({ 'encoder.toml': '' }), 'encoder.toml')
  const { api, work } = await loadEncoderConfig(file)
  const { toml, ...known } = await readLocalConfig(ENCODER_PROGRAM, file)
  t.strictSame(Object.keys(toml), [])
  t.strictSame(known, {
    file, listen: api.listen, tls: false, socketGroup: api.socket_group, tokensFile: api.tokens_file, stateDir: work.directory,
  })
})

t.test('without an encoder the commands say how to start it, and what works all the same', async (t) => {
  const config = join(t.testdir({ 'encoder.toml': '[api]\nlisten = ["unix:/nonexistent/api.sock"]\n' }), 'encoder.toml')
  for (const words of [['jobs'], ['show', 'a'], ['intake', 'pause'], ['assets']]) {
    t.match(await runEncoderHere([...words, '--config', config]), { code: 1, stderr: /^error: No encoder is running: its socket \/nonexistent\/api\.sock does not exist\. Start it with `systemctl start greenroom-encoder`.*journalctl -u greenroom-encoder.*`greenroom-encoder plan FILE --config .*` works without it\.\n$/ }, words.join(' '))
  }
  t.match(await runEncoderHere(['jobs', '--json', '--config', config]), { code: 1, stdout: /"code":"unreachable","detail":"No encoder is running/ })
})

t.test('wrong words end with 2 and the way to the help', async (t) => {
  t.match(await runEncoderHere(['jbos']), { code: 2, stderr: /unknown command 'jbos'.*jobs.*See `greenroom-encoder --help`/ })
  t.match(await runEncoderHere(['show']), { code: 2, stderr: /missing required argument 'job'.*See `greenroom-encoder show --help`/ })
  t.match(await runEncoderHere(['jobs', '--limit', '0']), { code: 2, stderr: /whole number from 1 to 500/ })
  t.match(await runEncoderHere(['--help']), { code: 0, stdout: /Usage: greenroom-encoder/ })
})

t.test('a configuration is checked with this machine, all faults at once', async (t) => {
  const directory = t.testdir({
    'good.toml': `[work]\ndirectory = "${t.testdirName}/work"\n[store]\ndirectory = "${t.testdirName}/media"\n[ingest]\ndirectory = "${t.testdirName}/ingest"\n`,
    'bad.toml': `[work]\ndirectory = "${t.testdirName}/work"\n[store]\ndirectory = "${t.testdirName}/media"\n[tools]\nffmpeg = "/nonexistent/ffmpeg"\n[api.tls]\ncert = "/nonexistent/cert"\nkey = "/nonexistent/key"\n`,
    'both.toml': `[work]\ndirectory = "${t.testdirName}/work"\n[store]\ndirectory = "${t.testdirName}/media"\n[ingest]\ndirectory = "${t.testdirName}/ingest"\n[tools]\nffmpeg = "ffmpeg"\nffprobe = "/nonexistent/ffprobe"\n`,
    'worse.toml': '[store]\nkind = "minio"\n[jobs]\nthread = 4\n',
  })
  t.match(await runEncoderHere(['check-config', '--config', join(directory, 'good.toml')]), { code: 0, stdout: /good\.toml: valid, profiles default, uhd, audio, preview; publishes to .*media\n$/ })
  t.match(await runEncoderHere(['check-config', '--config', join(directory, 'bad.toml')]), { code: 2, stdout: /tools\.ffmpeg: found "\/nonexistent\/ffmpeg", which does not exist[^]*api\.tls\.cert[^]*api\.tls\.key[^]*3 faults\n$/ })
  const both = await runEncoderHere(['check-config', '--config', join(directory, 'both.toml')])
  t.match(both, { code: 2, stdout: /both\.toml:8: tools\.ffmpeg: found "ffmpeg"; expected an absolute path[^]*tools\.ffprobe: found "\/nonexistent\/ffprobe", which does not exist[^]*2 faults\n$/ }, 'faults of the text and of the machine')
  const { code, stdout } = await runEncoderHere(['check-config', '--json', '--config', join(directory, 'worse.toml')])
  t.equal(code, 2)
  t.match(JSON.parse(stdout), { valid: false, faults: [{ place: 'store.endpoint' }, { place: 'store.bucket' }, { place: 'jobs.thread', nearest: /threads/ }] })
})

t.test('tokens have roles and no services', async (t) => {
  const file = join(t.testdir({}), 'tokens.toml')
  const made = await runEncoderHere(['token', 'create', '--name', 'ci', '--role', 'viewer', '--tokens-file', file])
  t.match(made, { code: 0, stdout: /^gr_ci_\S{43}\n$/ })
  t.match(await runEncoderHere(['token', 'list', '--tokens-file', file]), { code: 0, stdout: /^NAME +KIND +ROLE +STATE +EXPIRES\nci +bearer +viewer +valid +never\n$/ })
  t.match(await runEncoderHere(['token', 'create', '--name', 'x', '--role', 'viewer', '--services', 'app', '--tokens-file', file]), { code: 2, stderr: /unknown option '--services'/ })
  t.match(await runEncoderHere(['token', 'revoke', 'ci', '--tokens-file', file]), { code: 0, stdout: /a running encoder refuses it from now on/ })
})

t.test('bash completes commands and their words', async (t) => {
  const { stdout } = await runEncoderHere(['completion', 'bash'])
  const file = join(t.testdir({ completion: stdout }), 'completion')
  const script = `source ${file}; COMP_WORDS=(greenroom-encoder pub); COMP_CWORD=1; _greenroom_encoder; printf '%s\\n' "\${COMPREPLY[@]}"; COMP_WORDS=(greenroom-encoder publish r); COMP_CWORD=2; _greenroom_encoder; printf '%s\\n' "\${COMPREPLY[@]}"`
  const bash = await promisify(execFile)('bash', ['--norc', '-c', script])
  t.match(bash.stdout.split('\n'), ['publish', /repair|rollback/])
  t.equal(bash.stderr, '')
})

t.test('the command is a program that can be run', async (t) => {
  const main = fileURLToPath(new URL('../../../encoder/main.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--version'])
  t.match(stdout, /^\d+\.\d+\.\d+\n$/)
})
