import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { examine } from '../../../encoder/doctor/doctor.ts'
import { addToken } from '../../../shared/auth/manage-tokens.ts'
import { runEncoderHere } from '../../support/encoder-command.ts'

/** A host on which all is well: directories, a token, Debian's ffmpeg. */
async function goodHost(t: Test) {
  const directory = t.testdir({ ingest: {}, work: {}, media: {} })
  const config = (more = '') => `[ingest]\ndirectory = "${directory}/ingest"\n[work]\ndirectory = "${directory}/work"\nmin_free = "1MiB"\n[store]\ndirectory = "${directory}/media"\n[api]\ntokens_file = "${directory}/tokens.toml"\n${more}`
  await addToken(join(directory, 'tokens.toml'), { name: 'ci', role: 'viewer' })
  const file = join(directory, 'encoder.toml')
  const findings = async (text = config()) => {
    await writeFile(file, text)
    const found = await examine(file, { path: process.env['PATH'] ?? '', now: new Date(), uid: process.getuid?.() ?? 0 })
    return found.map(({ check, state, what, mend }) => `${state} ${check}: ${what}${mend === null ? '' : ` | ${mend}`}`)
  }
  return { directory, file, config, findings }
}

t.test('a host on which all is well has no failures, and the store was tried out', async (t) => {
  const host = await goodHost(t)
  const findings = await host.findings()
  t.strictSame(findings.filter((line) => line.startsWith('fail')), [])
  for (const line of [/^ok configuration/, /^ok ffmpeg: \S+, 5\.1/, /^ok work\.directory/, /^ok file systems/, /^ok inotify: 1 folders/, /^ok store: .*: write, read back, conditional write, overwrite, list, delete work$/, /^ok api\.tokens_file: .*1 valid/, /^warn encoder running: no encoder holds/]) {
    t.ok(findings.some((found) => line.test(found)), String(line))
  }
})

t.test('what is wrong is told with the way to mend it', async (t) => {
  const host = await goodHost(t)
  const has = (findings: string[], line: RegExp) => t.ok(findings.some((found) => line.test(found)), `${String(line)}\n${findings.join('\n')}`)
  has(await host.findings(`${host.config()}[tools]\nffmpeg = "/nonexistent"\n`), /^fail ffmpeg: \/nonexistent does not exist \| Install ffmpeg/)
  has(await host.findings(host.config().replace('1MiB', '100TiB')), /^fail work\.directory: .* left \| free some space/)
  has(await host.findings(host.config().replace(`${host.directory}/ingest"`, `${host.directory}/gone"`)), /^fail ingest\.directory: .*does not exist: intake is paused until it does \| mount it, or make it/)
  has(await host.findings(host.config().replace(`${host.directory}/media"`, `${host.directory}/gone"`)), /^fail store\.directory: .*does not exist: nothing is published until it does/)
  has(await host.findings(host.config().replace(`${host.directory}/work"`, '/dev/shm/greenroom-doctor-work"')), /^warn file systems: ingest\.directory .* not on that of work\.directory/)
  await chmod(join(host.directory, 'tokens.toml'), 0o644)
  has(await host.findings(), /^fail api\.tokens_file: .*may be read by others/)
  has(await host.findings('[store]\nkind = "minio"\n'), /^fail configuration: .*store\.endpoint/)
  await mkdir(join(host.directory, 'secrets'))
  await writeFile(join(host.directory, 'secrets/store.toml'), 'access_key = "a"\nsecret_key = "b"\n', { mode: 0o600 })
  const minio = host.config().replace(/\[store\]\n.*\n/, `[store]\nkind = "minio"\nendpoint = "http://127.0.0.1:1"\nbucket = "media"\ncredentials_file = "${host.directory}/secrets/store.toml"\n`)
  has(await host.findings(minio), /^fail store: write: The store .* does not answer: .* \| /)
})

t.test('the command ends with 1 where something fails, and speaks JSON', async (t) => {
  const host = await goodHost(t)
  await host.findings(host.config().replace(`${host.directory}/ingest"`, `${host.directory}/gone"`))
  const text = await runEncoderHere(['doctor', '--config', host.file], { PATH: process.env['PATH'] ?? '' })
  t.match(text, { code: 1, stdout: /FAIL ingest\.directory: .*\n {5}mend: mount it[^]*\d+ findings: \d+ ok, \d+ to look at, 1 to mend\n$/ })
  const json = await runEncoderHere(['doctor', '--json', '--config', host.file], { PATH: process.env['PATH'] ?? '' })
  t.match(JSON.parse(json.stdout), { ok: false })
})
