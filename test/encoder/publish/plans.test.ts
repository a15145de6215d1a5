import t from 'tap'
import type { PointerRow } from '../../../encoder/publish/ledger/switches.ts'
import { listed, signature } from '../../../encoder/publish/after-publish.ts'
import { isKey } from '../../../encoder/publish/key.ts'
import { references } from '../../../encoder/publish/references.ts'
import { expired, kept } from '../../../encoder/publish/retention.ts'
import { composeDocument, planDocument, planEndings, planPointing, planRemoval, type SwitchPlan } from '../../../encoder/publish/switch-plan.ts'

const hls = 'application/vnd.apple.mpegurl'
const pointer = (key: string, content = key) => ({ key, content, content_type: hls })
const inOrder = ({ pointers }: SwitchPlan) => pointers.toSorted((a, b) => a.position - b.position).map(({ key, content }) => (content === null ? `-${key}` : key))
const rows = (plan: SwitchPlan, proven: 0 | 1 = 1): PointerRow[] => plan.pointers.map((planned) => ({ ...planned, asset: 'a', proven }))

t.test('a switch writes growing playlists, master, manifest and asset.json in this order', (t) => {
  const plan = planPointing('a', 'v1', [pointer('a/v1/early/v.m3u8'), pointer('a/master.m3u8'), pointer('a/manifest.mpd')], '{}', [])
  t.strictSame(inOrder(plan), ['a/v1/early/v.m3u8', 'a/master.m3u8', 'a/manifest.mpd', 'a/asset.json'])
  t.strictSame(plan.changed, inOrder(plan))
  t.strictSame(plan.pointers.map(({ version }) => version), ['v1', null, null, null])

  const again = planPointing('a', 'v1', [pointer('a/v1/early/v.m3u8', 'more'), pointer('a/master.m3u8'), pointer('a/manifest.mpd')], '{}', rows(plan))
  t.strictSame(again.changed, ['a/v1/early/v.m3u8'], 'what lies there proven is not written again')
  t.strictSame(planPointing('a', 'v1', [pointer('a/master.m3u8')], '{}', rows(plan, 0)).changed.includes('a/master.m3u8'), true, 'what is not proven is')
  t.strictSame(inOrder(planPointing('a', 'v2', [pointer('a/master.m3u8', 'v2')], '{}', rows(plan))), ['a/master.m3u8', '-a/manifest.mpd', 'a/asset.json'], 'a pointer that the new version has not goes')
  t.strictSame(inOrder(planRemoval(rows(plan))), ['-a/asset.json', '-a/manifest.mpd', '-a/master.m3u8'], 'what names others goes first')
  t.strictSame(planDocument('a', 'v1', '{}', rows(plan)).changed, [], 'the same text is no change')
  const ended = planEndings('a', 'v1', 'v2', '{}', [pointer('a/v1/early/v.m3u8', 'more, and the end')], rows(plan))
  t.strictSame([inOrder(ended), ended.changed, ended.version], [['a/v1/early/v.m3u8', 'a/asset.json'], ['a/v1/early/v.m3u8'], 'v2'], 'the end is told without pointing elsewhere')
  t.end()
})

t.test('asset.json has its members in the order of the design', (t) => {
  const description = { asset: 'a', duration_s: 8, source: { name: 'a.mp4', size: 1, sha256: 's' }, video: [], audio: [], captions: [], poster: null, storyboard: null }
  t.strictSame(Object.keys(JSON.parse(composeDocument(description, 'ready', 'v2', ['v1'])) as object), ['asset', 'state', 'version', 'previous_versions', 'duration_s', 'source', 'video', 'audio', 'captions', 'poster', 'storyboard'])
  t.end()
})

t.test('a version goes when it is not current, not among those that are kept, and past its grace', (t) => {
  const version = (number: number, state: 'ready' | 'abandoned' | 'encoding', replaced: string | null) => ({ version: `v${number}`, number, state, replaced_at: replaced })
  const all = [version(5, 'ready', null), version(4, 'ready', '2026-02-01T00:00:00.000Z'), version(3, 'ready', '2026-01-02T00:00:00.000Z'), version(2, 'abandoned', null), version(1, 'encoding', null)]
  const now = new Date('2026-02-01T12:00:00.000Z')
  const day = 86_400_000
  t.strictSame([...kept(all, 'v5', { keep_versions: 1, grace_ms: day })], ['v5', 'v4'])
  t.strictSame(expired(all, 'v5', { keep_versions: 1, grace_ms: day }, now), ['v3', 'v2'])
  t.strictSame(expired(all, 'v5', { keep_versions: 0, grace_ms: day }, now), ['v3', 'v2'], 'v4 is still in its grace')
  t.strictSame(expired(all, 'v5', { keep_versions: 0, grace_ms: day }, new Date('2026-02-02T00:00:00.000Z')), ['v4', 'v3', 'v2'])
  t.strictSame(expired(all, 'v3', { keep_versions: 1, grace_ms: 0 }, now), ['v4', 'v2'], 'after a rollback the newest is the one that is kept')
  t.end()
})

t.test('what a playlist names is found in HLS and DASH, and other hosts are left out', (t) => {
  const media = '#EXTM3U\n#EXT-X-MAP:URI="init-1.mp4"\n#EXTINF:4,\n../v/00000-a.m4s\n#EXTINF:4,\nhttps://other/x.m4s\n\n#EXT-X-ENDLIST\n'
  t.strictSame(references('a/v1/early/v.m3u8', media), ['a/v1/early/init-1.mp4', 'a/v1/v/00000-a.m4s'])
  const master = '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x,URI",URI="v1/a0/p.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv1/v/p.m3u8\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="v1/v/i.m3u8"\n'
  t.strictSame(references('a/master.m3u8', master), ['a/v1/a0/p.m3u8', 'a/v1/v/p.m3u8', 'a/v1/v/i.m3u8'])
  const mpd = `<?xml version="1.0"?><MPD><BaseURL>v1/</BaseURL><!-- <SegmentURL media="no"/> --><Period><AdaptationSet><Representation id="v"><BaseURL>v/</BaseURL><SegmentList><Initialization sourceURL="i.mp4"/><SegmentURL media="0.m4s"/><SegmentURL mediaRange="0-9" media="1&amp;2.m4s"/></SegmentList></Representation>
  <Representation id="t"><BaseURL>t/en.vtt</BaseURL></Representation></AdaptationSet></Period></MPD>`
  t.strictSame(references('a/manifest.mpd', mpd), ['a/v1/v/i.mp4', 'a/v1/v/0.m4s', 'a/v1/v/1&2.m4s', 'a/v1/t/en.vtt'])
  t.strictSame(references('a/v1/v/0.m4s', media), [])
  t.end()
})

t.test('keys are plain, and nothing leads out of the store', (t) => {
  for (const key of ['a/b/c.m4s', 'A_1/v-2/00001-3f.m4s', '_/-']) t.ok(isKey(key), key)
  for (const key of ['', '/a', 'a/', 'a//b', '../a', 'a/../b', '.a', 'a/.b', 'a b', 'ä', 'a\nb', 'a\\b', `${'a/'.repeat(600)}a`]) t.notOk(isKey(key), key)
  t.end()
})

t.test('a list of changed pointers has each once, with its last change, and its key in the bucket', (t) => {
  const notices = [
    { id: 1, asset: 'a', version: 'v1', keys: ['a/master.m3u8', 'a/asset.json'], changed_at: '1' },
    { id: 2, asset: 'a', version: 'v2', keys: ['a/asset.json'], changed_at: '2' },
  ]
  t.strictSame(listed(notices, 'vod/').pointers, [
    { asset: 'a', key: 'vod/a/master.m3u8', version: 'v1', changed_at: '1' },
    { asset: 'a', key: 'vod/a/asset.json', version: 'v2', changed_at: '2' },
  ])
  // echo -n '1700000000.{}' | openssl dgst -sha256 -hmac secret
  t.equal(signature('secret', '{}', 1_700_000_000), 't=1700000000,v1=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163')
  t.end()
})
