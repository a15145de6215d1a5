import type { AudioFacts } from '../probe/facts.ts'
import { channelsOf } from './layouts.ts'

/** -3 dB: ITU-R BS.775 for centre and surrounds into two loudspeakers. */
const HALF_POWER = Math.round(Math.SQRT1_2 * 1000) / 1000

/** Share of each channel in left and right. The low-frequency channel is left out (BS.775): small loudspeakers would only distort. */
const SHARES: Readonly<Record<string, readonly [left: number, right: number]>> = {
  FL: [1, 0],
  FR: [0, 1],
  FC: [HALF_POWER, HALF_POWER],
  FLC: [1, 0],
  FRC: [0, 1],
  WL: [1, 0],
  WR: [0, 1],
  BL: [HALF_POWER, 0],
  BR: [0, HALF_POWER],
  SL: [HALF_POWER, 0],
  SR: [0, HALF_POWER],
  SDL: [HALF_POWER, 0],
  SDR: [0, HALF_POWER],
  BC: [0.5, 0.5],
  TFL: [HALF_POWER, 0],
  TFR: [0, HALF_POWER],
  TSL: [HALF_POWER, 0],
  TSR: [0, HALF_POWER],
  TBL: [HALF_POWER, 0],
  TBR: [0, HALF_POWER],
  BFL: [HALF_POWER, 0],
  BFR: [0, HALF_POWER],
  TFC: [0.5, 0.5],
  TBC: [0.5, 0.5],
  BFC: [0.5, 0.5],
  TC: [0.5, 0.5],
  LFE: [0, 0],
  LFE2: [0, 0],
  DL: [1, 0],
  DR: [0, 1],
}

export interface Downmix {
  readonly channels: 1 | 2
  readonly filters: readonly string[]
  /** What is changed, as a sentence; null where nothing is. */
  readonly note: string | null
}

/** One channel stays one, two stay two, more become two. */
export function downmix({ layout, channels }: Pick<AudioFacts, 'layout' | 'channels'>): Downmix {
  const names = channelsOf(layout, channels)
  if (channels === 1) return { channels: 1, filters: [], note: null }
  if (channels === 2 && (names === undefined || names.join('+') === 'FL+FR')) return { channels: 2, filters: [], note: null }
  if (names === undefined) return { channels: 2, filters: ['pan=stereo|FL=c0|FR=c1'], note: `of ${channels} channels without a known layout the first two become left and right` }
  // `<` scales the sum to 1, so that nothing can clip; floats, so that nothing is rounded before the loudness is set.
  return {
    channels: 2,
    filters: ['aformat=sample_fmts=fltp', `pan=stereo|FL<${mix(names, 0)}|FR<${mix(names, 1)}`],
    note: `${layout ?? `${channels} channels`} is mixed down to stereo${names.includes('LFE') ? ', without the low-frequency channel' : ''}`,
  }
}

function mix(names: readonly string[], side: 0 | 1): string {
  const parts = names.flatMap((name, index) => {
    const share = SHARES[name]?.[side] ?? 0
    return share === 0 ? [] : [share === 1 ? `c${index}` : `${share}*c${index}`]
  })
  return parts.length === 0 ? 'c0' : parts.join('+')
}
