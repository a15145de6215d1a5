import t from 'tap'
import { packageVersion, type PackageInput } from '../../../encoder/package/package.ts'
import { LEAST_EARLY_SEGMENTS } from '../../../encoder/package/tracks.ts'
import { checkAsset } from '../../support/asset-check.ts'
import { layDown, layEndings } from '../../support/asset-folder.ts'
import { NO_CHROMIUM } from '../../support/chromium.ts'
import { inEachPlayer, makeByHand, playedWhole, PLAYERS, playersAt } from '../../support/played.ts'
import type { PlayerPage } from '../../support/player-page.ts'
import { testPlan } from '../../support/test-plan.ts'

const AUDIO = [{ id: 'a0', language: 'en', label: 'English' }, { id: 'a1', language: 'de', label: 'Deutsch' }]

// Loaded machines are slow; what hangs is found by the page's own deadlines.
t.setTimeout(240_000)

void t.test('players in Chromium begin with the first chunk of a growing asset and reach its end', { skip: NO_CHROMIUM }, async (t) => {
  const { folder, store, server, browser } = await playersAt(t)

  const rungs = [{ id: 'v180', width: 320, height: 180 }, { id: 'v90', width: 160, height: 90 }]
  const input = await makeByHand(folder, 'growing', testPlan({ seconds: 13.44, rungs, audio: AUDIO, captions: [{ id: 'c0', language: 'en', label: 'English' }] }))
  const grow = async (segments: number) => {
    const early: PackageInput = { ...input, state: 'encoding', segments: input.segments.filter(({ rendition, number }) => rendition.startsWith('a') || number < segments) }
    return checkAsset(await layDown(store, early, packageVersion(early)), { decode: false })
  }
  const { duration_s: first } = await grow(LEAST_EARLY_SEGMENTS)
  t.equal(first.hls, 5.76)

  const players = PLAYERS.filter(([, file]) => file === 'master.m3u8')
  const pages: PlayerPage[] = []
  const begun = Promise.withResolvers<undefined>()
  const whole = begun.promise.then(async () => {
    await grow(5)
    await Promise.all(pages.map((page) => page.reaches(first.hls + 1)))
    const ready: PackageInput = { ...input, published_early: true }
    const packaged = packageVersion(ready)
    const checked = await checkAsset(await layDown(store, ready, packaged), { decode: false })
    await Promise.all(pages.map((page) => page.reaches(checked.duration_s.hls - 0.05)))
    await layEndings(store, packaged)
    return checked
  })
  await inEachPlayer(players, browser, server, 'growing', async (page, name, player, url) => {
    const state = await page.open(player, url)
    t.ok(state.time < 2, `${name} begins at the beginning: ${state.time}`)
    if (pages.push(page) === players.length) begun.resolve(undefined)
    const { duration_s } = await whole
    playedWhole(t, name, await page.finish(), duration_s.hls)
    t.same(page.complaints, [], `${name} has nothing to complain of`)
  })
})

void t.test('a player that takes another rendition from a slow cache while the end comes plays to the end', { skip: NO_CHROMIUM }, async (t) => {
  const { folder, store, server, browser } = await playersAt(t)
  const rungs = [{ id: 'v180', width: 320, height: 180 }, { id: 'v90', width: 160, height: 90 }]
  const input = await makeByHand(folder, 'late', testPlan({ seconds: 13.44, rungs, audio: AUDIO }))
  const early: PackageInput = { ...input, state: 'encoding', segments: input.segments.filter(({ rendition, number }) => rendition.startsWith('a') || number < 5) }
  await layDown(store, early, packageVersion(early))
  const page = await server.page(browser)
  await page.open('shaka', `${server.url}/store/late/master.m3u8`)

  await page.reaches(9.5)
  const old = server.hold('/store/late/01jz/early/v90.m3u8')
  const forced = page.force(90)
  await old.asked
  const ready: PackageInput = { ...input, published_early: true }
  const packaged = packageVersion(ready)
  await layDown(store, ready, packaged)
  const others = server.hold('/store/late/01jz/early/a0.m3u8')
  others.release()
  await others.asked
  old.release()
  await layEndings(store, packaged)
  await forced
  playedWhole(t, 'shaka', await page.finish(), 13.44)
  t.same(page.complaints, [])
  await page.close()
})
