import { join } from 'node:path'
import t from 'tap'
import { loadEncoderConfig, parseEncoderConfig } from '../../encoder/load-config.ts'
import { ConfigError } from '../../shared/config/load.ts'

/** The messages, without the file’s name. */
function complaints(text: string): string[] {
  try {
    parseEncoderConfig(text)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n').map((line) => line.replace(/^encoder\.toml:? ?/, ''))
  }
  return []
}

t.test('an empty configuration is one, and all has a default', async (t) => {
  const file = join(t.testdir({ 'encoder.toml': '' }), 'encoder.toml')
  t.match(await loadEncoderConfig(file), {
    ingest: { directory: '/srv/greenroom/ingest', settle: 5000, after: 'keep' },
    work: { min_free: 2 * 2 ** 30 },
    store: { kind: 'directory', directory: '/srv/greenroom/media', keep_versions: 1 },
    api: { listen: ['127.0.0.1:9441', 'unix:/run/greenroom-encoder/api.sock'], tokens_file: '/etc/greenroom/encoder-tokens.toml' },
    profiles: {},
  })
})

t.test('all faults are told at once, each with its line', async (t) => {
  t.match(complaints('[ingest]\nsetle = "5s"\n[store]\nkind = "s3"\n[work]\nmin_free = "lots"'), [/^2: ingest\.setle: found an unknown key.*settle/, /^4: store\.kind: .*"directory" or "minio"/, /^6: work\.min_free: .*a size such as/])
})

t.test('MinIO needs endpoint and bucket', async (t) => {
  t.match(complaints('[store]\nkind = "minio"'), [/store\.endpoint: found nothing; expected a value: kind "minio" needs endpoint and bucket/, /store\.bucket: found nothing/])
  t.strictSame(complaints('[store]\nkind = "minio"\nendpoint = "http://127.0.0.1:9000"\nbucket = "media"'), [])
  t.match(complaints('[store]\nendpoint = "http://127.0.0.1:9000/media"'), [/^2: store\.endpoint: .*scheme, host and port only/])
  t.match(complaints('[store]\nendpoint = "http://{service}:9000"'), [/store\.endpoint: .*scheme, host and port only/])
  t.match(complaints('[store]\nendpoint = "127.0.0.1:9000"'), [/store\.endpoint: .*http:\/\/ or https:\/\/ is missing/])
  t.match(complaints('[store]\nendpoint = "http://u:p@127.0.0.1:9000"'), [/store\.endpoint: .*without user name and password/])
  t.match(complaints('[store]\nprefix = "a/../b"'), [/store\.prefix: .*expected folders such as/])
  for (const prefix of ['/vod', 'vod/', '//vod/eu/']) t.match(complaints(`[store]\nprefix = "${prefix}"`), [/store\.prefix: .*expected "vod(\/eu)?", without a \//])
  t.match(complaints('[store]\nprefix = ""'), [/store\.prefix: .*or no such line/])
  for (const bucket of ['Media', 's3://media', 'a', 'a..b', '10.0.0.1', 'media-']) t.match(complaints(`[store]\nbucket = "${bucket}"`), [/store\.bucket: .*expected the name of a bucket alone: 3 to 63/])
  t.match(complaints('[store]\npublic_url = "https://media.example/?x=1"'), [/store\.public_url: .*without placeholders and query/])
})

t.test('directories that would feed on each other', async (t) => {
  t.match(complaints('[work]\ndirectory = "/srv/greenroom/ingest/work"'), [/^2: work\.directory: .*inside ingest\.directory; expected a directory elsewhere: what is made there would be taken as a source/])
  t.match(complaints('[work]\ndirectory = "/srv/greenroom/ingest"'), [/work\.directory: .*which is ingest\.directory/])
  t.match(complaints('[ingest]\ndirectory = "/srv/a/in"\n[work]\ndirectory = "/srv/a"'), [/ingest\.directory: .*inside work\.directory/])
  t.match(complaints('[ingest]\ndone = "/srv/x"\nfailed = "/srv/x"'), [/ingest\.failed: .*which is where ended sources go/])
  t.match(complaints('[ingest]\ndone = "/srv/greenroom/ingest"'), [/ingest\.done: .*which is ingest\.directory; expected a directory of its own/])
  t.match(complaints('[store]\ndirectory = "/srv/greenroom/ingest/media"'), [/store\.directory: .*what is published would be taken as a source/])
  t.match(complaints('[store]\ndirectory = "/srv/greenroom"'), [/ingest\.directory: .*inside store\.directory; expected a directory elsewhere: what lies in the store is served to everybody/])
  t.match(complaints('[store]\ndirectory = "/proc/media"'), [/store\.directory: .*a directory on a disk/])
})

t.test('a profile has a name that is no other folder, and settings that go together', async (t) => {
  for (const name of ['done', 'failed']) t.match(complaints(`[profiles.${name}]`), [new RegExp(`profiles\\.${name}: .*another name`)])
  t.match(complaints('[profiles.Sport]'), [/profiles\.Sport: .*lower-case letters/])
  const rung = (more: string) => `[[profiles.sport.rungs]]\nshort_side = 720\nmaxrate_kbps = 3000\n${more}\n`
  t.match(complaints(rung('id = "v720"') + rung('id = "v720"')), [/profiles\.sport\.rungs\[1\]\.id: .*is the name of rungs\[0\] already/])
  t.match(complaints(rung('id = "v720"\nkeep_hdr = true')), [/rungs\[0\]\.keep_hdr: .*codec = "hevc"/])
  t.match(complaints(rung('id = "a0"')), [/rungs\[0\]\.id: .*another name/])
  t.match(complaints('[profiles.sport]\nsegment = "8s"\nchunk = "4s"'), [/profiles\.sport\.chunk: .*at least "8s"/])
  t.match(complaints('[profiles.sport]\nsegment = "100ms"'), [/profiles\.sport\.segment: .*"1s" to "20s"/])
  t.strictSame(complaints(`${rung('id = "v720"\ncodec = "hevc"\nkeep_hdr = true')}[profiles.default]\npreset = "slow"`), [])
})

t.test('a hook calls one thing, and cron lines are cron lines', async (t) => {
  t.match(complaints('[after_publish]'), [/after_publish: found neither command nor url/])
  t.match(complaints('[after_publish]\ncommand = ["/bin/true"]\nurl = "https://cdn.example/purge"'), [/after_publish: found both/])
  t.match(complaints('[after_publish]\ncommand = ["/bin/true"]\nsecret_file = "/etc/s"'), [/after_publish\.secret_file: .*url, or no such line/])
  for (const line of ['@daily', '* * * * * *', '61 * * * *', '']) t.match(complaints(`[housekeeping]\nversions = "${line}"`), [/housekeeping\.versions: .*a cron line of five fields/], line)
  t.strictSame(complaints('[housekeeping]\nversions = "0 4 * * sun"'), [])
})

t.test('durations that mean nothing sensible', async (t) => {
  t.match(complaints('[ingest]\nsettle = "0s"\nrescan = "2d"\n[jobs]\nstall = "1s"'), [/^2: ingest\.settle: .*at least "100ms"/, /^3: ingest\.rescan: .*at most "1d"/, /^5: jobs\.stall: .*at least "5s"/])
})
