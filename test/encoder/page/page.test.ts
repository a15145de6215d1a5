import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import t from 'tap'
import type { AssetDocument } from '../../../encoder/publish/asset.ts'
import { listen } from '../../../shared/api/listen.ts'
import { createLogger } from '../../../shared/log.ts'
import { NO_CHROMIUM, openChromium } from '../../support/chromium.ts'
import { testEncoderApi } from '../../support/encoder-api.ts'
import { assetOf } from '../../support/memory-encoder.ts'
import { until } from '../../support/until.ts'

const silent = createLogger({ level: 'silent', name: 'test' })

const document: AssetDocument = {
  asset: 'films/a', state: 'ready', version: 'v2', previous_versions: ['v1'], duration_s: 4, source: { name: 'a.mp4', size: 1, sha256: 'a'.repeat(64) },
  video: [{ id: 'v90', width: 160, height: 90, frame_rate: 25, codecs: 'avc1.64000a', bandwidth: 1, average_bandwidth: 1, playlist: 'v2/v90.m3u8' }],
  audio: [], captions: [], poster: 'v2/poster.jpg', storyboard: null,
}

/** An asset that plays: four seconds of test picture as HLS, and a poster. */
async function makeMedia(directory: string): Promise<void> {
  const asset = join(directory, 'media/films/a')
  await mkdir(join(asset, 'v2'), { recursive: true })
  const ffmpeg = async (...args: string[]) => promisify(execFile)('/usr/bin/ffmpeg', ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=4', ...args], { cwd: asset })
  await ffmpeg('-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '50', '-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_time', '2', '-hls_playlist_type', 'vod', '-hls_segment_filename', 's%d.m4s', 'master.m3u8')
  await ffmpeg('-frames:v', '1', 'v2/poster.jpg')
}

t.test('the page shows the queue as it goes on, and what operators do there is done', { skip: NO_CHROMIUM }, async (t) => {
  await using api = await testEncoderApi()
  await using listening = await listen(api.app, { ...api.config.api, listen: ['127.0.0.1:0'] }, silent)
  await makeMedia(api.directory)
  const { encoder } = api
  const running = encoder.put({ state: 'encoding', asset: 'films/b', progress: 0.25, speed: 2, eta_s: 90 })
  const failed = encoder.put({ state: 'failed', asset: 'clips/<b>bold</b>', ended_at: new Date().toISOString(), error: { fault: 'source', code: 'truncated', message: 'It ends after 12 s of 20 s', advice: 'Copy it again', at_s: 12 } })
  encoder.files.push({ name: 'in/c.mp4', size: 2_500_000, first_seen: new Date().toISOString(), reason: 'open_for_writing', detail: 'scp writes to it.', until: null })
  encoder.putAsset(assetOf('films/a', ['v2', 'v1'], document))

  await using browser = await openChromium()
  const page: Page = await browser.newPage({ viewport: { width: 360, height: 740 } })
  const complaints: string[] = []
  page.on('console', (message) => {
    // The first question is asked without a token, to learn whether one is needed.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  const text = async (selector: string) => (await page.locator(selector).textContent()) ?? ''

  await page.goto(`http://${listening.addresses[0]}/`)
  await page.getByLabel('Token').fill(await api.token({ name: 'op', role: 'operator' }))
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByText('connected', { exact: true }).waitFor()

  t.equal(await page.getByLabel('Token').isVisible(), false, 'the form has gone')
  t.match(await text('#queue'), /films\/bencoding25 % · 2\.0× · 2 min|films\/bencoding25 % · 2\.0× · 90 s left/)
  t.match(await text('#failed'), /clips\/<b>bold<\/b>failed.*It ends after 12 s of 20 s\. Copy it again/, 'names are text, not markup')
  t.match(await text('#waiting'), /in\/c\.mp4.*scp writes to it\./)
  encoder.put({ id: running.id, progress: 0.9 })
  await page.getByText('90 %').waitFor()
  await until('the poster is there', async () => page.locator('.poster').evaluate((image) => (image as { naturalWidth?: number }).naturalWidth === 160))
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'nothing sticks out at 360 pixels')

  await page.getByRole('button', { name: 'Retry: clips/<b>bold</b>' }).click()
  await page.locator('#failed-empty').waitFor()
  await page.getByRole('button', { name: 'Pause: films/b' }).click()
  await page.getByRole('button', { name: 'Resume: films/b' }).waitFor()
  page.once('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: 'Go back a version: films/a' }).click()
  await until('it was gone back', () => encoder.asked.length === 3)
  t.strictSame(encoder.asked, [`retry ${failed.id}`, `pause ${running.id}`, 'rollback films/a to v1'])

  await page.getByRole('button', { name: 'Play: films/a' }).click()
  await until('the asset plays', async () => page.evaluate('document.getElementById("video").currentTime > 0.5'))
  await page.getByRole('button', { name: 'Close' }).click()
  t.strictSame(complaints, [], 'no error, and nothing that the Content-Security-Policy forbids')

  await page.emulateMedia({ colorScheme: 'dark' })
  t.equal(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'), 'rgb(20, 24, 22)')
})

t.test('the files of the page are open, strict about where things come from, and asked for again only when they changed', async (t) => {
  await using api = await testEncoderApi()
  for (const [url, type] of [['/', 'text/html'], ['/page/app.js', 'text/javascript'], ['/page/style.css', 'text/css'], ['/page/hls.js', 'text/javascript']] as const) {
    const answer = await api.app.inject({ url })
    t.match(answer.headers['content-type'], type, url)
    t.match(answer.headers['content-security-policy'], /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src blob:; connect-src 'self'; .*frame-ancestors 'none'$/)
    t.equal((await api.app.inject({ url, headers: { 'if-none-match': String(answer.headers['etag']) } })).statusCode, 304)
  }
  await using elsewhere = await testEncoderApi({ toml: () => '[store]\nkind = "minio"\nendpoint = "http://127.0.0.1:1"\nbucket = "media"\npublic_url = "https://media.example/vod"\n' })
  t.match((await elsewhere.app.inject({ url: '/' })).headers['content-security-policy'], /connect-src 'self' https:\/\/media\.example;/)
})
