import { AbsolutePath, Duration, Named, Size, Table, Type, type StaticDecode } from '../shared/config/types.ts'
import { ProfileOverrides } from './plan/profile-settings.ts'

/**
 * `/etc/greenroom/encoder.toml`. The one place where a setting is named, typed, described and given its default:
 * docs/reference/encoder-config.md is made from it. Rules that span several fields stand in config-rules.ts.
 */
export const EncoderConfigSchema = Type.Object(
  {
    log_level: Type.Enum(['debug', 'info', 'warn', 'error'], { description: 'Least severe level that is logged.', default: 'info' }),
    ingest: Table('The folder that is watched.', {
      directory: AbsolutePath({ description: 'Where sources are dropped. A subfolder named like a profile selects it; other subfolders become part of the asset’s name.', default: '/srv/greenroom/ingest' }),
      done: Type.Optional(AbsolutePath({ description: 'Where sources go once their asset is published. Default: `done` in the ingest folder.', examples: ['/srv/greenroom/done'] })),
      failed: Type.Optional(AbsolutePath({ description: 'Where sources go that cannot be encoded, each with a `.why.txt` beside it. Default: `failed` in the ingest folder.', examples: ['/srv/greenroom/failed'] })),
      settle: Duration({ description: 'A file is taken when its size, time and inode have not changed for this long.', default: '5s' }),
      rescan: Duration({ description: 'How often the folder is looked through, whatever the file system tells by itself.', default: '10s' }),
      after: Type.Enum(['keep', 'delete'], { description: 'What happens to a source whose asset is published: `keep` moves it to `done`, `delete` removes it.', default: 'keep' }),
    }),
    work: Table('Where the work is done.', {
      directory: AbsolutePath({ description: 'Work area: job state, claimed sources, segments until they are published. Best on the file system of the ingest folder, so that a claim is a rename: under systemd that means below one writable path of its unit.', default: '/srv/greenroom/work' }),
      min_free: Size({ description: 'Free space below which no new source is taken.', default: '2GiB' }),
    }),
    store: Table('Where assets are published.', {
      kind: Type.Enum(['directory', 'minio'], { description: '`directory`: a folder that Nginx serves. `minio`: MinIO or any other S3-compatible server.', default: 'directory' }),
      directory: AbsolutePath({ description: 'For `directory`: the folder.', default: '/srv/greenroom/media' }),
      endpoint: Type.Optional(Type.String({ description: 'For `minio`: URL of the server.', format: 'origin', examples: ['http://127.0.0.1:9000'] })),
      bucket: Type.Optional(Type.String({ description: 'For `minio`: the bucket. It must exist.', format: 'bucket', examples: ['media'] })),
      region: Type.String({ description: 'For `minio`: region of the bucket.', default: 'us-east-1', minLength: 1 }),
      prefix: Type.Optional(Type.String({ description: 'Folder in the store under which all keys lie.', format: 'key-prefix', examples: ['vod'] })),
      credentials_file: AbsolutePath({ description: 'For `minio`: TOML file with `access_key` and `secret_key`, readable by the encoder alone. Read again when it changes.', default: '/etc/greenroom/store-credentials.toml' }),
      ca_file: Type.Optional(AbsolutePath({ description: 'For `minio`: CA certificates that an https endpoint must chain to. Default: the system’s.', examples: ['/etc/greenroom/internal-ca.pem'] })),
      proxy: Type.Optional(Type.String({ description: 'For `minio`: HTTP proxy.', format: 'origin', examples: ['http://proxy.example:3128'] })),
      public_url: Type.Optional(Type.String({ description: 'Where viewers get the store: asset names are added to it. The operators’ page plays from there; without it, from `/media/` of the API where the store is a directory.', format: 'http-url', examples: ['https://media.example/vod'] })),
      concurrency: Type.Integer({ description: 'Objects that are stored at the same time.', default: 4, minimum: 1, maximum: 64 }),
      max_rate: Type.Optional(Size({ description: 'Bytes per second, over all uploads together. Default: unlimited.', examples: ['50MB'] })),
      timeout: Duration({ description: 'A connection without traffic for this long is ended and the object tried again.', default: '30s' }),
      keep_versions: Type.Integer({ description: 'Older versions of an asset that are kept to roll back to.', default: 1, minimum: 0, maximum: 100 }),
      grace: Duration({ description: 'How long a replaced version stays for the players that are on it, however many are kept.', default: '1d' }),
    }),
    profiles: Named('profile-name', ProfileOverrides, { description: 'Profiles of your own, and changes to the built-in `default`, `uhd`, `audio` and `preview`.', default: {} }),
    jobs: Table('How much at a time.', {
      concurrency: Type.Integer({ description: 'Jobs that are encoded at the same time; 0: chosen by cores and memory.', default: 0, minimum: 0, maximum: 64 }),
      threads: Type.Integer({ description: 'Threads of each rung’s encoder; 0: chosen by cores and rungs. More than 8 cost quality.', default: 0, minimum: 0, maximum: 8 }),
      probe_deadline: Duration({ description: 'Longest time to examine a source.', default: '10m' }),
      stall: Duration({ description: 'ffmpeg without progress for this long is ended and started again. Time in which it gets no processor does not count.', default: '1m' }),
      attempts: Type.Integer({ description: 'Failures of ffmpeg after which a job has failed.', default: 5, minimum: 1, maximum: 100 }),
    }),
    tools: Table('The programs.', {
      ffmpeg: AbsolutePath({ description: 'ffmpeg, 5.0 or later, with libx264.', default: '/usr/bin/ffmpeg' }),
      ffprobe: AbsolutePath({ description: 'ffprobe.', default: '/usr/bin/ffprobe' }),
    }),
    api: Table('The HTTP API.', {
      listen: Type.Array(Type.String({ format: 'listen-address' }), {
        description: 'Addresses, `host:port` or `unix:/path`. The unix socket is authorised by its file mode, all else by credentials. Those that `greenroom-encoder.socket` holds are taken over from systemd; the two should name the same.',
        default: ['127.0.0.1:9441', 'unix:/run/greenroom-encoder/api.sock'],
        minItems: 1,
        uniqueItems: true,
      }),
      socket_group: Type.String({ description: 'Group that may use the unix socket (mode 0660). Where it does not exist, the encoder’s own group.', default: 'greenroom' }),
      tokens_file: AbsolutePath({ description: 'Tokens and certificate names, made by `greenroom-encoder token`.', default: '/etc/greenroom/encoder-tokens.toml' }),
      tls: Type.Optional(
        Type.Object(
          {
            cert: AbsolutePath({ description: 'Certificate chain, PEM.', examples: ['/etc/greenroom/encoder.crt'] }),
            key: AbsolutePath({ description: 'Private key, PEM.', examples: ['/etc/greenroom/encoder.key'] }),
            client_ca: Type.Optional(AbsolutePath({ description: 'CA of client certificates. A client’s role stands under `[certificates]` in the tokens file.', examples: ['/etc/greenroom/clients-ca.pem'] })),
          },
          { additionalProperties: false, description: 'TLS 1.3 on the `host:port` addresses.' },
        ),
      ),
    }),
    after_publish: Type.Optional(
      Type.Object(
        {
          command: Type.Optional(Type.Array(Type.String(), { description: 'Program and arguments; no shell. The changed pointers come as JSON on its standard input. Exit code 0: done.', minItems: 1, examples: [['/usr/local/bin/purge-cdn']] })),
          url: Type.Optional(Type.String({ description: 'Called with POST and the same JSON.', format: 'http-url', examples: ['https://cdn.example/purge'] })),
          secret_file: Type.Optional(AbsolutePath({ description: 'For `url`: file with the secret by which the call is signed (`Greenroom-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`).', examples: ['/etc/greenroom/purge-secret'] })),
          ca_file: Type.Optional(AbsolutePath({ description: 'For `url`: CA certificates that an https address must chain to. Default: the system’s.', examples: ['/etc/greenroom/internal-ca.pem'] })),
          timeout: Duration({ description: 'Longest time for one call.', default: '30s' }),
        },
        { additionalProperties: false, description: 'Called after pointers have changed, at least once for each change: purges a CDN of exactly these objects.' },
      ),
    ),
    housekeeping: Table('What is tidied up, and when (cron lines in UTC).', {
      versions: Type.String({ description: 'Old versions are deleted.', default: '*/10 * * * *', format: 'cron' }),
      reconcile: Type.String({ description: 'Ledger and store are compared.', default: '30 3 * * *', format: 'cron' }),
      sources: Type.String({ description: 'Old sources in `done` and `failed`, and orphaned work directories, are removed.', default: '0 4 * * *', format: 'cron' }),
      keep_done: Duration({ description: 'How long sources stay in `done`; "0s" for ever.', default: '0s' }),
      keep_failed: Duration({ description: 'How long sources stay in `failed`; "0s" for ever.', default: '0s' }),
    }),
  },
  { additionalProperties: false, title: 'encoder.toml' },
)

export type EncoderConfig = StaticDecode<typeof EncoderConfigSchema>
export type StoreConfig = EncoderConfig['store']
export type HousekeepingConfig = EncoderConfig['housekeeping']
