import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import type { MadeCaptions } from '../../encoder/package/made.ts'
import type { PackageInput } from '../../encoder/package/package.ts'
import type { Plan } from '../../encoder/plan/plan.ts'
import { openChromium } from './chromium.ts'
import { facts, makeMedia } from './made-media.ts'
import { playerServer, type PlayerName, type PlayerPage, type PlayerServer, type PlayerState } from './player-page.ts'

/** Each player with what it is given of an asset. */
export const PLAYERS = [['hls.js', 'master.m3u8'], ['shaka', 'master.m3u8'], ['shaka', 'manifest.mpd'], ['dash.js', 'manifest.mpd'], ['native', 'master.m3u8']] as const

export const CUES = [{ start: 1, end: 2.5, text: 'Hello' }, { start: 6, end: 7, text: 'there' }]

export function cuesAsWebVtt(): string {
  const clock = (seconds: number) => `00:00:${seconds.toFixed(3).padStart(6, '0')}`
  return `WEBVTT\n\n${CUES.map(({ start, end, text }) => `${clock(start)} --> ${clock(end)}\n${text}\n`).join('\n')}`
}

/** Where a test plays what it lays into `store`: a browser, and a server with the page of each player. */
export async function playersAt(t: Test): Promise<{ readonly folder: string; readonly store: string; readonly server: PlayerServer; readonly browser: Browser }> {
  const folder = t.testdir()
  const store = join(folder, 'store')
  await mkdir(store)
  const server = await playerServer(store)
  t.teardown(() => server[Symbol.asyncDispose]())
  const browser = await openChromium()
  t.teardown(() => browser.close())
  return { folder, store, server, browser }
}

/** What is to be packaged of a plan, its media made by hand. */
export async function makeByHand(folder: string, asset: string, plan: Plan): Promise<PackageInput> {
  const work = join(folder, 'work', asset)
  const made = await makeMedia(work, plan)
  const vtt = Buffer.from(cuesAsWebVtt())
  await writeFile(join(work, 'captions.vtt'), vtt)
  const captions: MadeCaptions[] = plan.captions.map((caption) => ({ plan: caption, cues: CUES.length, file: { path: join(work, 'captions.vtt'), ...facts(vtt) } }))
  return {
    state: 'ready', asset, version: '01jz', published_early: false, plan, source: { name: `${asset}.mp4`, size: 1, sha256: 'a'.repeat(64) }, captions, pictures: null, audio_complete: true, ...made,
  }
}

/** All these players at once, each in its own page. */
export async function inEachPlayer(
  players: readonly (readonly [PlayerName, string])[],
  browser: Browser,
  server: PlayerServer,
  asset: string,
  play: (page: PlayerPage, name: string, player: PlayerName, url: string) => Promise<void>,
): Promise<void> {
  await Promise.all(
    players.map(async ([player, file]) => {
      const name = `${player} ${file}`
      const page = await server.page(browser)
      await play(page, name, player, `${server.url}/store/${asset}/${file}`).catch((error: unknown) => {
        throw new Error(`${name} on ${asset}`, { cause: error })
      })
      await page.close()
    }),
  )
}

/** To the end, all of it buffered in one piece, and nothing went wrong. */
export function playedWhole(t: Test, name: string, { errors, buffered, time, ended }: PlayerState, duration: number): void {
  t.same(errors, [], `${name} has no error`)
  t.equal(buffered.length, 1, `${name} has no gap: ${JSON.stringify(buffered)}`)
  t.ok(Math.abs(time - duration) < 0.05 && ended, `${name} ends at ${time} of ${duration}`)
}
