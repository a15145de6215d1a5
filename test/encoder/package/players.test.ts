import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import t, { type Test } from 'tap'
import type { MadeCaptions } from '../../../encoder/package/made.ts'
import { packageVersion, type PackageInput } from '../../../encoder/package/package.ts'
import { LEAST_EARLY_SEGMENTS } from '../../../encoder/package/tracks.ts'
import type { Plan } from '../../../encoder/plan/plan.ts'
import { checkAsset } from '../../support/asset-check.ts'
import { layDown } from '../../support/asset-folder.ts'
import { NO_CHROMIUM, openChromium } from '../../support/chromium.ts'
import { facts, makeMedia } from '../../support/made-media.ts'
import { type PlayerName, type PlayerServer, type PlayerState, playerServer } from '../../support/player-page.ts'
import { testPlan } from '../../support/test-plan.ts'

const PLAYERS = [['hls.js', 'master.m3u8'], ['shaka', 'master.m3u8'], ['shaka', 'manifest.mpd'], ['dash.js', 'manifest.mpd'], ['native', 'master.m3u8']] as const
const CUES = [{ start: 1, end: 2.5, text: 'Hello' }, { start: 6, end: 7, text: 'there' }]

// Loaded machines are slow; what hangs is found by the page's own deadlines.
t.setTimeout(240_000)

void t.test('players in Chromium', { skip: NO_CHROMIUM, timeout: 240_000 }, async (t) => {
  const folder = t.testdir()
  const store = join(folder, 'store')
  await mkdir(store)
  await using server = await playerServer(store)
  const browser = await openChromium()
  t.teardown(() => browser.close())

  await t.test('play, seek, switch rungs and languages, show captions and reach the end', async (t) => {
    const plan = testPlan({
      seconds: 13,
      frame_rate: '30000/1001',
      segment_frames: 60,
      rungs: [{ id: 'v180', width: 320, height: 180 }, { id: 'v90', width: 160, height: 90 }],
      audio: [{ id: 'a0', language: 'en', label: 'English' }, { id: 'a1', language: 'de', label: 'Deutsch' }],
      captions: [{ id: 'c0', language: 'en', label: 'English' }, { id: 'c1', language: 'de', label: 'Deutsch', hearing_impaired: true }],
    })
    const input = await inputOf(folder, 'film', plan)
    const { duration_s } = await checkAsset(await layDown(store, input, packageVersion(input)), { decode: false })

    await each(PLAYERS, browser, server, 'film', async (page, name, player) => {
      t.match(await page.open(player, `${server.url}/store/film/${name.split(' ')[1]}`), { errors: [] }, `${name} begins`)
      if (player !== 'native') {
        t.same((await page.rungs()).toSorted((a, b) => a - b), [90, 180], `${name} knows both rungs`)
        t.same((await page.languages()).toSorted(), ['de', 'en'], `${name} knows both languages`)
        t.same(await page.captions('de', CUES.length), CUES, `${name} has the captions at their times`)
        for (const height of [90, 180, 90]) t.equal((await page.force(height)).height, height, `${name} shows the rung of ${height} lines`)
        // Before, on and behind segment boundaries, and near the end.
        for (const time of [3.9, 4.004, 9.1, 1, 12.5]) await page.seek(time)
        await page.seek(2)
        await page.speak('de')
        await page.speak('en')
      }
      playedWhole(t, name, await page.playThrough(4), duration_s.hls)
      t.same(page.complaints, [], `${name} has nothing to complain of`)
    })
  })

  await t.test('begin with the first chunk of a growing asset and reach its end', async (t) => {
    const plan = testPlan({
      seconds: 13.44,
      rungs: [{ id: 'v180', width: 320, height: 180 }, { id: 'v90', width: 160, height: 90 }],
      audio: [{ id: 'a0', language: 'en', label: 'English' }, { id: 'a1', language: 'de', label: 'Deutsch' }],
      captions: [{ id: 'c0', language: 'en', label: 'English' }],
    })
    const input = await inputOf(folder, 'growing', plan)
    const grow = async (segments: number) => {
      const early: PackageInput = { ...input, state: 'encoding', segments: input.segments.filter(({ rendition, number }) => rendition.startsWith('a') || number < segments) }
      return checkAsset(await layDown(store, early, packageVersion(early)), { decode: false })
    }
    const { duration_s: first } = await grow(LEAST_EARLY_SEGMENTS)
    t.equal(first.hls, 5.76)

    const begun: string[] = []
    const all = Promise.withResolvers<undefined>()
    const grown = all.promise.then(() => grow(5))
    const begins = PLAYERS.filter(([, file]) => file === 'master.m3u8')
    const whole = grown.then(async () => {
      await Promise.all(pages.map((page) => page.reaches(first.hls + 1)))
      const ready: PackageInput = { ...input, published_early: true }
      return checkAsset(await layDown(store, ready, packageVersion(ready)), { decode: false })
    })
    const pages: Page[] = []
    await each(begins, browser, server, 'growing', async (page, name, player) => {
      const state = await page.open(player, `${server.url}/store/growing/master.m3u8`)
      t.ok(state.time < 2, `${name} begins at the beginning: ${state.time}`)
      begun.push(name)
      pages.push(page)
      if (begun.length === begins.length) all.resolve(undefined)
      const { duration_s } = await whole
      playedWhole(t, name, await page.finish(), duration_s.hls)
      t.same(page.complaints, [], `${name} has nothing to complain of`)
    })
  })
})

async function inputOf(folder: string, asset: string, plan: Plan): Promise<PackageInput> {
  const work = join(folder, 'work', asset)
  const made = await makeMedia(work, plan)
  const vtt = Buffer.from(`WEBVTT\n\n${CUES.map(({ start, end, text }) => `${clock(start)} --> ${clock(end)}\n${text}\n`).join('\n')}`)
  await writeFile(join(work, 'captions.vtt'), vtt)
  const captions: MadeCaptions[] = plan.captions.map((caption) => ({ plan: caption, cues: CUES.length, file: { path: join(work, 'captions.vtt'), ...facts(vtt) } }))
  return {
    state: 'ready', asset, version: '01jz', published_early: false, plan, source: { name: `${asset}.mp4`, size: 1, sha256: 'a'.repeat(64) }, captions, pictures: null, audio_complete: true, ...made,
  }
}

function clock(seconds: number): string {
  return `00:00:${seconds.toFixed(3).padStart(6, '0')}`
}

type Page = Awaited<ReturnType<PlayerServer['page']>>

/** All players at once, each in its own page. */
async function each(
  players: readonly (readonly [PlayerName, string])[],
  browser: Browser,
  server: PlayerServer,
  asset: string,
  play: (page: Page, name: string, player: PlayerName) => Promise<void>,
): Promise<void> {
  await Promise.all(
    players.map(async ([player, file]) => {
      const name = `${player} ${file}`
      const page = await server.page(browser)
      await play(page, name, player).catch((error: unknown) => {
        throw new Error(`${name} on ${asset}`, { cause: error })
      })
      await page.close()
    }),
  )
}

function playedWhole(t: Test, name: string, state: PlayerState, duration: number): void {
  t.same(state.errors, [], `${name} has no error`)
  t.equal(state.buffered.length, 1, `${name} has no gap: ${JSON.stringify(state.buffered)}`)
  t.ok(Math.abs(state.time - duration) < 0.05 && state.ended, `${name} ends at ${state.time} of ${duration}`)
}
