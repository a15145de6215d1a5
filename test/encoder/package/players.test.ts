import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { packageVersion } from '../../../encoder/package/package.ts'
import { builtInProfiles } from '../../../encoder/plan/built-in-profiles.ts'
import type { Profile, ProfileRung } from '../../../encoder/plan/profile.ts'
import { checkAsset } from '../../support/asset-check.ts'
import { layDown } from '../../support/asset-folder.ts'
import { NO_CHROMIUM } from '../../support/chromium.ts'
import { encodeForPackaging } from '../../support/encoded-asset.ts'
import { debian } from '../../support/ffmpegs.ts'
import { ffmpeg } from '../../support/media/tools.ts'
import { CUES, cuesAsWebVtt, inEachPlayer, playedWhole, PLAYERS, playersAt } from '../../support/played.ts'

const rung = (short_side: number): ProfileRung => ({ id: `v${short_side}`, short_side, codec: 'h264', crf: 30, maxrate_kbps: 500, keep_hdr: false })
const PROFILE: Profile = { ...builtInProfiles.default, rungs: [rung(180), rung(90)], preset: 'ultrafast', segment_s: 2, chunk_s: 4 }

// Loaded machines are slow; what hangs is found by the page's own deadlines.
t.setTimeout(240_000)

void t.test('players in Chromium play, seek, switch rungs and languages, show captions and reach the end', { skip: NO_CHROMIUM }, async (t) => {
  const { folder, store, server, browser } = await playersAt(t)

  const input = await encodeForPackaging('film', await makeFilm(folder), join(folder, 'work', 'film'), PROFILE, await debian.open())
  const { duration_s, tiles } = await checkAsset(await layDown(store, input, packageVersion(input)))
  t.ok(tiles > 1, 'there is a storyboard')

  const play: Parameters<typeof inEachPlayer>[4] = async (page, name, player, url) => {
    t.match(await page.open(player, url), { errors: [] }, `${name} begins`)
    if (player !== 'native') {
      t.same((await page.rungs()).toSorted((a, b) => a - b), [90, 180], `${name} knows both rungs`)
      t.same((await page.languages()).toSorted(), ['de', 'en'], `${name} knows both languages`)
      t.same(await page.captions('de', CUES.length), CUES, `${name} has the captions at their times`)
      for (const height of [90, 180, 90]) t.equal((await page.force(height)).height, height, `${name} shows the rung of ${height} lines`)
      // Before, on and behind boundaries of segments and chunks, and near the end.
      for (const time of [3.9, 4.004, 9.1, 1, 12.5, 2]) {
        // dash.js 5.2 never asks again for a segment that was on its way when it was told to jump.
        await page.reaches(duration_s.hls - 0.1)
        await page.seek(time)
      }
      await page.speak('de')
      await page.speak('en')
    }
    playedWhole(t, name, await page.playThrough(4), duration_s.hls)
    t.same(page.complaints, [], `${name} has nothing to complain of`)
  }
  // Not all at once: on a busy machine Shaka 5.2, told to switch at once, once threw away what it had and asked for nothing more.
  await inEachPlayer(PLAYERS.filter(([, file]) => file === 'master.m3u8'), browser, server, 'film', play)
  await inEachPlayer(PLAYERS.filter(([, file]) => file === 'manifest.mpd'), browser, server, 'film', play)
})

/** 13 s at 29.97 frames per second, with sound in two languages and captions in one. */
async function makeFilm(folder: string): Promise<string> {
  const file = join(folder, 'film.mkv')
  const captions = join(folder, 'film.vtt')
  await writeFile(captions, cuesAsWebVtt())
  await ffmpeg([
    '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=30000/1001:d=13', '-f', 'lavfi', '-i', 'sine=440:d=13', '-f', 'lavfi', '-i', 'sine=660:d=13', '-i', captions,
    '-map', '0:v', '-map', '1:a', '-map', '2:a', '-map', '3:s', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '60', '-c:a', 'aac', '-c:s', 'srt',
    '-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu', '-metadata:s:s:0', 'language=deu', file,
  ])
  return file
}
