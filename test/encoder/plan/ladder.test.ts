import * as fc from 'fast-check'
import t from 'tap'
import { builtInProfiles } from '../../../encoder/plan/built-in-profiles.ts'
import { makeLadder } from '../../../encoder/plan/ladder.ts'

const { default: usual, uhd } = builtInProfiles

function ladder(width: number, height: number, profile: typeof usual | typeof uhd = usual): string[] {
  return makeLadder({ width, height }, profile).rungs.map((rung) => `${rung.settings.id} ${rung.width}x${rung.height}`)
}

t.test('a 1080p source takes the whole ladder', async (t) => {
  t.same(ladder(1920, 1080), ['v1080 1920x1080', 'v720 1280x720', 'v540 960x540', 'v360 640x360', 'v234 416x234'])
})

t.test('a larger source takes no rung above the profile’s', async (t) => {
  t.equal(ladder(4096, 2160)[0], 'v1080 2048x1080')
  t.same(ladder(3840, 2160, uhd).slice(0, 3), ['v2160 3840x2160', 'v1440 2560x1440', 'v1080 1920x1080'])
})

t.test('portrait and square pictures go by their short side', async (t) => {
  t.same(ladder(1080, 1920).slice(0, 2), ['v1080 1080x1920', 'v720 720x1280'])
  t.same(ladder(1080, 1080).slice(0, 2), ['v1080 1080x1080', 'v720 720x720'])
})

t.test('ultra-wide pictures keep their height, up to 4096 pixels of length for H.264', async (t) => {
  t.equal(ladder(2560, 1080)[0], 'v1080 2560x1080')
  t.equal(ladder(8000, 1080)[0], 'v1080 4096x552')
})

t.test('a source between two rungs has one of its own size, with the ceiling scaled by its pixels, and no near twin', async (t) => {
  t.same(ladder(1920, 800), ['v800 1920x800', 'v540 1296x540', 'v360 864x360', 'v234 562x234'])
  const { rungs, considered } = makeLadder({ width: 1600, height: 900 }, usual)
  t.same(rungs.map(({ settings }) => settings.id), ['v900', 'v720', 'v540', 'v360', 'v234'])
  t.match(rungs[0]?.settings, { crf: 23, maxrate_kbps: 4170 })
  t.match(considered.find(({ rung }) => rung === 'v1080'), { made: false, why: /would enlarge the source, whose short side is 900/ })
})

t.test('a source below the lowest rung has the one of its own size', async (t) => {
  t.same(ladder(64, 36), ['v36 64x36'])
  t.same(ladder(1, 1), ['v2 2x2'], 'the smallest picture that 4:2:0 has')
})

t.test('odd sizes are rounded down to even ones', async (t) => {
  t.same(ladder(853, 481).slice(0, 1), ['v480 852x480'])
})

t.test('every rung of the profile is accounted for', async (t) => {
  const { considered } = makeLadder({ width: 640, height: 480 }, usual)
  t.same(considered.map(({ rung, made }) => `${rung} ${made}`), ['v480 true', 'v1080 false', 'v720 false', 'v540 false', 'v360 true', 'v234 true'])
})

t.test('no rung is larger than the source, every one is even and near its shape, none stands twice', async () => {
  const side = fc.integer({ min: 16, max: 9000 })
  fc.assert(
    fc.property(side, side, fc.constantFrom(usual, uhd), (width, height, profile) => {
      const { rungs } = makeLadder({ width, height }, profile)
      const ids = rungs.map(({ settings }) => settings.id)
      const sizes = rungs.map((rung) => rung.width * rung.height)
      const fit = rungs.every((rung) => {
        const even = rung.width % 2 === 0 && rung.height % 2 === 0
        const within = rung.width <= width && rung.height <= height
        // A pixel and a half either way is all that rounding to even numbers can do.
        const scale = Math.max(rung.width / width, rung.height / height)
        return even && within && Math.abs(rung.width - width * scale) <= 2 + width / height && Math.abs(rung.height - height * scale) <= 2 + height / width
      })
      return rungs.length > 0 && fit && new Set(ids).size === ids.length && sizes.every((size, index) => index === 0 || size <= (sizes[index - 1] ?? 0))
    }),
    { numRuns: 2000 },
  )
})
