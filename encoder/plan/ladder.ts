import type { Profile, ProfileRung } from './profile.ts'
import { fitSize, LONGEST, shortSide, type Size } from './size.ts'

/** A rung that will be made: the profile's, or one of the source's own size with the settings of the profile's next larger one. */
export interface LadderRung extends Size {
  readonly settings: ProfileRung
}

export interface Ladder {
  /** From the highest to the lowest. */
  readonly rungs: readonly LadderRung[]
  /** Every rung that was thought of, and why it is or is not made. */
  readonly considered: readonly { readonly rung: string; readonly made: boolean; readonly why: string }[]
}

/** A rung this close below the source's own size shows the same at nearly the same cost. APPLE: neighbours differ by 1.5 to 2 in bit rate, so by about 0.85 in length. */
const NEAR = 0.85

/** The ladder of a source of this size, as a viewer sees it: never larger than the source, and always with a rung of its full size up to the profile's largest. */
export function makeLadder(source: Size, profile: Pick<Profile, 'rungs'>): Ladder {
  const short = shortSide(source)
  const smaller = profile.rungs.filter((rung) => rung.short_side <= short)
  const own = ownRung(source, profile.rungs)
  const considered: { rung: string; made: boolean; why: string }[] = []
  const rungs: LadderRung[] = []
  if (own !== undefined) {
    rungs.push(own)
    considered.push({ rung: own.settings.id, made: true, why: `the source's own size, ${own.width}×${own.height}: it lies ${smaller.length === 0 ? 'below all rungs' : 'between two rungs'} of the profile` })
  }
  for (const settings of profile.rungs) {
    if (settings.short_side > short) {
      considered.push({ rung: settings.id, made: false, why: `would enlarge the source, whose short side is ${short} pixels` })
      continue
    }
    if (own !== undefined && settings.short_side > NEAR * shortSide(own) && settings.codec === own.settings.codec) {
      considered.push({ rung: settings.id, made: false, why: `nearly the size of ${own.settings.id}` })
      continue
    }
    const size = fitSize(source, settings.short_side, LONGEST[settings.codec])
    rungs.push({ ...size, settings })
    considered.push({ rung: settings.id, made: true, why: reason(size, settings) })
  }
  return { rungs: rungs.toSorted((a, b) => b.width * b.height - a.width * a.height), considered }
}

function reason(size: Size, { short_side, codec }: ProfileRung): string {
  const made = `${size.width}×${size.height}`
  return shortSide(size) < short_side - 1 ? `${made}: its long side may have at most ${LONGEST[codec]} pixels` : made
}

/** Undefined where a rung of the profile already has the source's size, or the source is larger than all of them. */
function ownRung(source: Size, rungs: readonly ProfileRung[]): LadderRung | undefined {
  const short = shortSide(source)
  const larger = rungs.findLast((rung) => rung.short_side > short)
  if (larger === undefined) return undefined
  const size = fitSize(source, short, LONGEST[larger.codec])
  const name = shortSide(size)
  if (rungs.some((rung) => rung.short_side === short || rung.short_side === name)) return undefined
  return { ...size, settings: { ...larger, id: `v${name}`, short_side: name, maxrate_kbps: scaledRate(size, larger, rungs) } }
}

/** The larger rung's ceiling, by the share of its pixels (it is meant for 16:9), but not below the next smaller rung's. */
function scaledRate(size: Size, larger: ProfileRung, rungs: readonly ProfileRung[]): number {
  const pixels = (larger.short_side * larger.short_side * 16) / 9
  const floor = rungs.find((rung) => rung.short_side <= shortSide(size) && rung.codec === larger.codec)?.maxrate_kbps ?? 100
  return Math.max(floor, Math.round((larger.maxrate_kbps * Math.min(1, (size.width * size.height) / pixels)) / 10) * 10)
}
