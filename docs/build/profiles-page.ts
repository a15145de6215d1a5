import { builtInProfiles } from '../../encoder/plan/built-in-profiles.ts'
import { chooseFrameRate } from '../../encoder/plan/frame-rate.ts'
import { segmentFrames } from '../../encoder/plan/grid.ts'
import { makeLadder } from '../../encoder/plan/ladder.ts'
import { formatRational, rational, toNumber, type Rational } from '../../encoder/rational.ts'

/** Sources as a viewer sees them: rotation and pixel aspect applied. */
const SOURCES: readonly (readonly [what: string, width: number, height: number])[] = [
  ['Full HD', 1920, 1080],
  ['4K UHD', 3840, 2160],
  ['720p', 1280, 720],
  ['a telephone held upright', 1080, 1920],
  ['a square', 1080, 1080],
  ['ultra-wide', 2560, 1080],
  ['DVD, PAL, 16:9', 1024, 576],
  ['odd size', 853, 481],
  ['very small', 64, 36],
]

const RATES: readonly Rational[] = [rational(24_000, 1001), rational(24), rational(25), rational(30_000, 1001), rational(30), rational(50), rational(60_000, 1001), rational(60), rational(120), rational(12)]

/** The reference page of profiles; its tables are what the plan decides. */
export function profilesPage(): string {
  const { default: standard, uhd, audio, preview } = builtInProfiles
  return `# Profiles

<!-- Made by \`npm run docs\` from encoder/plan/. -->

A profile is a ladder and its settings. The folder in the ingest folder selects it: \`ingest/uhd/film.mov\` is made by \`uhd\`,
what lies in no such folder by \`default\`; \`"profile": "uhd"\` in the options file beside a source does the same.
\`greenroom-encoder plan FILE\` shows what is made of a file, and why each rung is there or not.

## Built in

| profile | rungs | preset | for |
|---|---|---|---|
| \`default\` | ${rungsOf(standard.rungs)} | ${standard.preset} | H.264 that plays everywhere, stereo AAC |
| \`uhd\` | ${rungsOf(uhd.rungs)} | ${uhd.preset} | the same, and above it HEVC that keeps HDR where the source has it |
| \`audio\` | none | | sound alone, AAC at ${audio.audio.bitrate_kbps} kbit/s |
| \`preview\` | ${rungsOf(preview.rungs)} | ${preview.preset} | one fast rung, at most ${preview.max_frame_rate} frames a second |

Each rung is a capped CRF: the CRF decides the quality, the cap what it may cost at most (VBV, a buffer of one and a half
seconds). Sources of the numbers stand beside them in \`encoder/plan/built-in-profiles.ts\`.

## What is made of which source

By the **short side**, so that a picture held upright gets the same ladder as one that lies. Nothing is enlarged; sizes are even,
pixels square. A source between two rungs gets one of its own size, with the settings of the next larger.

| source | picture | \`default\` makes |
|---|---|---|
${SOURCES.map(([what, width, height]) => `| ${what} | ${width}×${height} | ${sizesOf(width, height)} |`).join('\n')}

| frame rate of the source | frame rate made | frames in a segment | length of a segment |
|---|---|---|---|
${RATES.map(rateRow).join('\n')}

Variable rates are put on the nearest standard one, each picture shown when it was taken. Interlaced pictures are
deinterlaced, HDR is tone-mapped for SDR rungs, alpha is flattened on black, rotation and pixel aspect are applied.
Mono stays mono, 5.1 and 7.1 get a downmix with the centre kept and without the low-frequency channel, every language its own rendition,
all of them at ${standard.audio.loudness_lufs} LUFS (EBU R 128).

## Your own

\`[profiles.<name>]\` in encoder.toml says what differs from the profile it is based on; \`rungs\` replaces the ladder whole.
All fields: [encoder.toml](encoder-config.md).

\`\`\`toml
[profiles.sport]                     # ingest/sport/
based_on = "default"
preset = "medium"
segment = "2s"
loudness = "source"

[[profiles.sport.rungs]]
id = "v1080"
short_side = 1080
maxrate_kbps = 8000

[[profiles.sport.rungs]]
id = "v540"
short_side = 540
maxrate_kbps = 2000
\`\`\`

A changed profile changes nothing that is published. \`greenroom-encoder reencode ASSET\` makes an asset anew by today's, as long as
its source is kept.
`
}

function rungsOf(rungs: readonly { readonly short_side: number; readonly codec: string; readonly maxrate_kbps: number }[]): string {
  return rungs.map(({ short_side, codec, maxrate_kbps }) => `${short_side}p ${codec === 'hevc' ? 'HEVC' : 'H.264'} ≤ ${maxrate_kbps} kbit/s`).join(', ')
}

function sizesOf(width: number, height: number): string {
  return makeLadder({ width, height }, builtInProfiles.default).rungs.map((rung) => `${rung.width}×${rung.height}`).join(', ')
}

function rateRow(rate: Rational): string {
  const made = chooseFrameRate({ kind: 'constant', average: rate, nominal: rate, burst: rate }, false, builtInProfiles.default.max_frame_rate)
  const frames = segmentFrames(made, builtInProfiles.default.segment_s)
  return `| ${shown(rate)} | ${shown(made)} | ${frames} | ${Number((frames / toNumber(made)).toFixed(3))} s |`
}

function shown(rate: Rational): string {
  return rate.den === 1 ? formatRational(rate) : `${Number(toNumber(rate).toFixed(3))} (${formatRational(rate)})`
}
