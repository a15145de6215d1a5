import t from 'tap'
import { packageVersion } from '../../../encoder/package/package.ts'
import { rational } from '../../../encoder/rational.ts'
import { checkAsset } from '../../support/asset-check.ts'
import { layDown } from '../../support/asset-folder.ts'
import { NO_CHROMIUM } from '../../support/chromium.ts'
import { inEachPlayer, makeByHand, playedWhole, PLAYERS, playersAt } from '../../support/played.ts'
import { testPlan } from '../../support/test-plan.ts'

const AUDIO = [{ id: 'a0', language: 'en', label: 'English' }, { id: 'a1', language: 'de', label: 'Deutsch' }]

// Loaded machines are slow; what hangs is found by the page's own deadlines.
t.setTimeout(240_000)

void t.test('players in Chromium play sound alone, pictures alone, a single frame, and a moment of both', { skip: NO_CHROMIUM }, async (t) => {
  const { folder, store, server, browser } = await playersAt(t)

  const rungs = [{ id: 'v90', width: 160, height: 90 }, { id: 'v36', width: 64, height: 36 }]
  const plans = {
    sound: testPlan({ seconds: 7, frame_rate: null, segment_s: rational(2), audio: AUDIO }),
    mute: testPlan({ seconds: 6, rungs }),
    frame: testPlan({ seconds: 0.04, rungs }),
    // What a frame or two with sound become (encoder/plan/hold.ts): hls.js does not begin with less.
    brief: testPlan({ seconds: 0.2, rungs, audio: AUDIO.slice(0, 1) }),
  }
  for (const [asset, plan] of Object.entries(plans)) {
    const input = await makeByHand(folder, asset, plan)
    const { duration_s } = await checkAsset(await layDown(store, input, packageVersion(input)), { decode: false })
    await inEachPlayer(PLAYERS, browser, server, asset, async (page, name, player, url) => {
      const brief = plan.duration_s < 1
      await page.open(player, url, brief)
      if (asset === 'sound' && player !== 'native') {
        t.same((await page.languages()).toSorted(), ['de', 'en'], `${name} knows both languages`)
        // A fragment that hls.js 1.7 is loading for the language before, it takes for an empty one, and says so.
        await page.reaches(duration_s.hls - 0.1)
        await page.speak('de')
      }
      playedWhole(t, `${name}, ${asset}`, await (brief ? page.finish() : page.playThrough(4)), duration_s.hls)
      t.same(page.complaints, [], `${name} has nothing to complain of`)
    })
  }
})
