import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { makePictures } from '../../../../encoder/package/pictures/make-pictures.ts'
import type { MadePictures } from '../../../../encoder/package/made.ts'
import type { Plan } from '../../../../encoder/plan/plan.ts'
import { ffmpegs } from '../../../support/ffmpegs.ts'
import { type MadeMedia, makeMedia } from '../../../support/made-media.ts'
import { ffmpeg } from '../../../support/media/tools.ts'
import { testPlan } from '../../../support/test-plan.ts'

const rungs = [{ id: 'v90', width: 160, height: 90 }, { id: 'v36', width: 64, height: 36 }]
const folder = t.testdir()

/** Grey that brightens by one step each frame: 30 in the first. */
const grey = { ...testPlan({ seconds: 8, rungs }), pictures: { poster_at_s: 3, storyboard: { interval_s: 3, tile_width: 64, tile_height: 36, columns: 2 } } }
const greyMedia = await makeMedia(join(folder, 'grey'), grey, { picture: 'nullsrc', filter: 'geq=lum=30+N:cb=128:cr=128' })
const red = { ...testPlan({ seconds: 1, rungs: rungs.slice(0, 1) }), pictures: { poster_at_s: 0, storyboard: null } }
const redMedia = await makeMedia(join(folder, 'red'), red, { picture: 'color', filter: 'format=rgb24,drawbox=color=red:t=fill,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p' })

/** Average grey of a part of a picture, in the limited range of video. */
async function greyOf(path: string, crop: string): Promise<number> {
  const { stdout } = await ffmpeg(['-v', 'error', '-i', path, '-vf', `crop=${crop},scale=1:1:flags=area:out_range=tv,format=gray`, '-f', 'rawvideo', '-'])
  return stdout[0] ?? 0
}

for (const program of ffmpegs) {
  void t.test(`poster and storyboard show the right frames in the right colours, with ${program.name}`, { skip: program.skip }, async (t) => {
    const run = { tools: await program.open(), signal: new AbortController().signal, stallMs: 30_000 }
    const make = (name: string, plan: Plan, media: MadeMedia): Promise<MadePictures | null> => makePictures({ plan, ...media, directory: join(folder, `${name}-${program.path.replaceAll('/', '-')}`), run })

    const made = await make('grey-made', grey, greyMedia)
    const poster = made?.poster?.path ?? ''
    const shown = await greyOf(poster, '160:90')
    t.ok(Math.abs(shown - (30 + 75)) <= 1.5, `the poster is frame 75: ${shown - 30}`)
    const sprite = made?.storyboard?.sprite
    // Intervals begin at 0, 3 and 6 s; the key frames of their segments are 0, 48 and 144.
    for (const [tile, frame] of [['64:36:0:0', 0], ['64:36:64:0', 48], ['64:36:0:36', 144]] as const) {
      const value = await greyOf(sprite?.path ?? '', tile)
      t.ok(Math.abs(value - (30 + frame)) <= 2, `the tile at ${tile} is frame ${frame}: ${value - 30}`)
    }
    const name = `storyboard-${sprite?.sha256.slice(0, 16)}.jpg`
    t.equal(
      await readFile(made?.storyboard?.vtt.path ?? '', 'utf8'),
      `WEBVTT

00:00:00.000 --> 00:00:03.000
${name}#xywh=0,0,64,36

00:00:03.000 --> 00:00:06.000
${name}#xywh=64,0,64,36

00:00:06.000 --> 00:00:08.000
${name}#xywh=0,36,64,36
`,
    )

    const redPoster = (await make('red-made', red, redMedia))?.poster?.path ?? ''
    const { stdout } = await ffmpeg(['-v', 'error', '-i', redPoster, '-vf', 'scale=1:1:flags=area', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'])
    const [r = 0, g = 255, b = 255] = stdout
    t.ok(r > 245 && g < 10 && b < 10, `red stays red: ${r} ${g} ${b}`)

    const behind = { ...grey, pictures: { poster_at_s: 100, storyboard: null } }
    const last = await greyOf((await make('behind', behind, greyMedia))?.poster?.path ?? '', '160:90')
    t.ok(Math.abs(last - (30 + 199)) <= 2, `a time behind the end gives the last frame: ${last - 30}`)
  })
}

void t.test('without video, or where the plan wants none, there are no pictures', async (t) => {
  const run = { tools: { ffmpeg: '/nonexistent', launcher: [] }, signal: new AbortController().signal, stallMs: 1000 }
  const none = { plan: testPlan({ seconds: 1, frame_rate: null, audio: [{ id: 'a0' }] }), inits: [], segments: [], directory: join(folder, 'none'), run }
  t.equal(await makePictures(none), null)
  t.equal(await makePictures({ ...none, plan: testPlan({ seconds: 1, rungs }) }), null)
})
