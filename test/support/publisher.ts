import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { StoreConfig } from '../../encoder/config.ts'
import { openDatabase } from '../../encoder/jobs/database.ts'
import type { PublisherAdmin } from '../../encoder/publish/admin.ts'
import type { AssetDescription } from '../../encoder/publish/asset.ts'
import type { NewObject, NewVersion, Pointing, Publisher } from '../../encoder/publish/contract.ts'
import { openStore } from '../../encoder/publish/open-store.ts'
import { openPublisher, type PublisherOptions } from '../../encoder/publish/open.ts'
import type { Store } from '../../encoder/publish/store.ts'
import { createLogger } from '../../shared/log.ts'
import type { TestMinio } from './minio.ts'

/** Short enough for tests, and with the same shape. */
export const QUICK = { first: 10, most: 100, environment: 50 }

const STORE: StoreConfig = {
  kind: 'directory', directory: '/nowhere', region: 'us-east-1', credentials_file: '/nowhere', concurrency: 4, timeout: 5000, keep_versions: 1, grace: 0,
}

export function directoryConfig(directory: string, more: Partial<StoreConfig> = {}): StoreConfig {
  return { ...STORE, directory, ...more }
}

export async function minioConfig(minio: Pick<TestMinio, 'endpoint' | 'bucket' | 'credentialsFile'>, more: Partial<StoreConfig> = {}): Promise<StoreConfig> {
  return { ...STORE, kind: 'minio', endpoint: minio.endpoint, bucket: minio.bucket, credentials_file: await minio.credentialsFile(), ...more }
}

/** A publisher on a ledger and a store that are its own. */
export interface TestPublisher extends AsyncDisposable {
  readonly publisher: PublisherAdmin
  readonly store: Store
  readonly database: DatabaseSync
  readonly work: string
  /** Lines of the log, parsed. */
  readonly log: readonly { readonly level: string; readonly msg: string; readonly code?: string }[]
}

export async function testPublisher(work: string, config: StoreConfig, more: Partial<PublisherOptions> = {}): Promise<TestPublisher> {
  mkdirSync(work, { recursive: true })
  const database = openDatabase(join(work, 'jobs.sqlite'))
  const store = await openStore(config)
  const log: { level: string; msg: string }[] = []
  const publisher = await openPublisher({
    database, store, config, workDirectory: work, backoff: QUICK,
    log: createLogger({ level: 'debug', name: 'test', destination: { write: (line: string) => void log.push(JSON.parse(line) as { level: string; msg: string }) } }),
    ...more,
  })
  return {
    publisher, store, database, work, log,
    async [Symbol.asyncDispose]() {
      await publisher.stop()
      await store.close()
      database.close()
    },
  }
}

/** An asset as small as one can be: random segments in one rendition, playlists that name them by their content. */
export interface MadeVersion {
  readonly version: NewVersion
  readonly segments: readonly NewObject[]
  /** The final playlist of the rendition, an object like any other. */
  readonly playlist: NewObject
  /** What points at the first `count` segments as a growing asset. */
  growing(count: number): Pointing
  readonly ready: Pointing
}

export const NEVER = new AbortController().signal

let made = 0

export function makeVersion(work: string, asset: string, { segments: count = 3, bytes = 2000, version = `v${String((made += 1)).padStart(4, '0')}`, source = randomBytes(8).toString('hex') } = {}): MadeVersion {
  const folder = join(work, version)
  mkdirSync(folder, { recursive: true })
  const object = (name: string, content: Buffer, content_type: string): NewObject => {
    const sha256 = createHash('sha256').update(content).digest('hex')
    const path = join(folder, name)
    writeFileSync(path, content)
    return { key: `${asset}/${version}/v/${name.replace('.', `-${sha256.slice(0, 16)}.`)}`, path, bytes: content.length, sha256, content_type }
  }
  const segments = Array.from({ length: count }, (_, index) => object(`${String(index).padStart(5, '0')}.m4s`, randomBytes(bytes), 'video/iso.segment'))
  const uris = (from: string, list: readonly NewObject[]) => list.map(({ key }) => `#EXTINF:4,\n${from}${key.split('/').at(-1)}`).join('\n')
  const playlistOf = (from: string, list: readonly NewObject[], end: string) => `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n${uris(from, list)}\n${end}`
  const playlist = object('playlist.m3u8', Buffer.from(playlistOf('', segments, '#EXT-X-ENDLIST\n')), 'application/vnd.apple.mpegurl')
  const below = (key: string) => key.slice(asset.length + 1)
  const early = `${asset}/${version}/early/v.m3u8`
  const master = (uri: string) => `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000,CODECS="avc1.64001f"\n${uri}\n`
  const manifest = (list: readonly NewObject[]) =>
    `<?xml version="1.0"?>\n<MPD><Period><AdaptationSet><Representation id="v" bandwidth="1000"><SegmentList>\n${list.map(({ key }) => `<SegmentURL media="${below(key)}"/>`).join('\n')}\n</SegmentList></Representation></AdaptationSet></Period></MPD>\n`
  const hls = 'application/vnd.apple.mpegurl'
  const description: AssetDescription = {
    asset, duration_s: count * 4, source: { name: `${asset}.mp4`, size: 1000, sha256: source },
    video: [{ id: 'v', width: 64, height: 36, frame_rate: 25, codecs: 'avc1.64001f', bandwidth: 1000, average_bandwidth: 1000, playlist: below(playlist.key) }],
    audio: [], captions: [], poster: null, storyboard: null,
  }
  return {
    version: { asset, version, job: version, source_name: `${asset}.mp4`, source_size: 1000, source_sha256: source, profile: 'default', profile_hash: 'p' },
    segments,
    playlist,
    growing: (some) => ({
      state: 'encoding',
      pointers: [
        { key: early, content: playlistOf('../v/', segments.slice(0, some), ''), content_type: hls },
        { key: `${asset}/master.m3u8`, content: master(below(early)), content_type: hls },
        { key: `${asset}/manifest.mpd`, content: manifest(segments.slice(0, some)), content_type: 'application/dash+xml' },
      ],
      description: { ...description, video: description.video.map((video) => ({ ...video, playlist: below(early) })) },
    }),
    ready: {
      state: 'ready',
      pointers: [
        { key: `${asset}/master.m3u8`, content: master(below(playlist.key)), content_type: hls },
        { key: `${asset}/manifest.mpd`, content: manifest(segments), content_type: 'application/dash+xml' },
      ],
      description,
    },
  }
}

/** From the first object to the switch, as a job does it. */
export async function publish(publisher: Publisher, { version, segments, playlist, ready }: MadeVersion, signal: AbortSignal = NEVER): Promise<void> {
  publisher.begin(version)
  publisher.add(version.version, [...segments, playlist])
  await publisher.stored(version.version, signal)
  await publisher.point(version.version, ready, signal)
}
