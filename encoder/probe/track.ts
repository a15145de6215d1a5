import { toNumber, type Rational } from '../rational.ts'
import { Intervals } from './intervals.ts'

/** A packet as the pass reads it; times in ticks of its stream. */
export interface Packet {
  readonly pts: number | undefined
  readonly dts: number | undefined
  readonly duration: number | undefined
  readonly key: boolean
  /** Lies outside of the edit list, or is only there for decoders. */
  readonly discard: boolean
}

export interface Jump {
  readonly at_s: number
  readonly by_s: number
}

/** A long step ahead of the clock, in seconds of it: the clock was cut, or nothing happened for so long. */
interface Step {
  readonly from_s: number
  readonly to_s: number
}

/** Key packets nearer than this to the one before are not kept. */
const KEY_APART_S = 0.5
/** ffmpeg's own `dts_delta_threshold`: what lies further ahead in a transport stream is a jump and no pause. */
const FORWARD_S = 10
const JUMPS_KEPT = 100
/** Program streams and AVI tell the time of presentation of some packets only. */
const MOSTLY = 0.98

/** What one pass over the packets of a stream tells, in memory that does not grow with the stream (but for its key frames). */
export class Track {
  readonly timeBase: Rational
  readonly keys: number[] = []
  readonly jumps: Jump[] = []
  /** Those of the jumps that lead far ahead. */
  readonly #steps: Step[] = []
  packets = 0
  /** Packets before the first key packet. */
  lead = 0
  /** First presentation time; and the end of the last, as if nothing had jumped. */
  first: number | undefined
  end: number | undefined
  /** Whether the first packets tell when they are shown, and not only when they are decoded. */
  presented = true
  /** Between times of presentation; and of decoding, for streams in which those are not all told. */
  readonly #shown = new Intervals()
  readonly #decoded = new Intervals()
  #timed = 0
  #keySeen = false
  #lastKey = -Infinity
  #lastDts: number | undefined
  #lastDuration = 0
  /** Sum of all jumps, in ticks. */
  #offset = 0
  readonly #tick: number
  /** Whether a long step ahead is a jump: in formats whose clock may be cut. */
  readonly #cuttable: boolean
  readonly #video: boolean

  constructor(timeBase: Rational, kind: { readonly cuttable: boolean; readonly video: boolean }) {
    this.timeBase = timeBase
    this.#tick = toNumber(timeBase)
    this.#cuttable = kind.cuttable
    this.#video = kind.video
  }

  add({ pts, dts, duration, key, discard }: Packet): void {
    this.#keySeen ||= key
    const time = pts ?? dts
    if (time === undefined) return
    // Matroska tells no decoding time of the first packets of a reordered stream, and their times of presentation do go back.
    if (dts !== undefined || !this.#video) this.#watch(dts ?? time)
    this.#lastDuration = duration ?? this.#lastDuration
    if (discard) return
    if (this.packets === 0) this.presented = pts !== undefined
    this.packets += 1
    if (!this.#keySeen) this.lead += 1
    if (this.#video) this.#time(pts, dts)
    this.first = this.first === undefined ? time : Math.min(this.first, time - this.#offset)
    this.end = Math.max(this.end ?? -Infinity, time - this.#offset + (duration ?? 0))
    if (key && this.#video && (time - this.#lastKey) * this.#tick >= KEY_APART_S) {
      this.keys.push(time)
      this.#lastKey = time
    }
  }

  get intervals(): Intervals {
    return this.#timed >= MOSTLY * this.packets ? this.#shown : this.#decoded
  }

  /** Seconds from the first packet to the latest. */
  get soFar_s(): number {
    return this.first === undefined || this.end === undefined ? 0 : (this.end - this.first) * this.#tick
  }

  /** Seconds from the first picture or sample to the end of the last. A last packet without a duration lasts as long as is usual. */
  finish(): { readonly duration_s: number } {
    this.#flush()
    if (this.first === undefined || this.end === undefined) return { duration_s: 0 }
    const usual = this.#lastDuration > 0 ? 0 : (this.intervals.quantile(0.5) ?? 0)
    return { duration_s: (this.end + usual - this.first) * this.#tick }
  }

  #time(pts: number | undefined, dts: number | undefined): void {
    if (dts !== undefined) this.#decoded.add(dts)
    if (pts === undefined) return
    this.#timed += 1
    if (this.#shown.add(pts) !== 'new') this.#jumped(0)
  }

  /** Decoding times must rise; a step back, or far ahead where the clock may have been cut, is a jump. */
  #watch(dts: number): void {
    const last = this.#lastDts
    this.#lastDts = dts
    if (last === undefined) return
    const step = dts - last
    const ahead = this.#cuttable && step * this.#tick > FORWARD_S
    if (ahead) this.#steps.push({ from_s: last * this.#tick, to_s: dts * this.#tick })
    if (step < 0 || ahead) this.#jumped(step - this.#lastDuration)
  }

  /** Whether it went on while the clock of another track stood still, without a jump of its own. */
  #goesOnDuring({ from_s, to_s }: Step): boolean {
    const { first = Infinity, end = -Infinity } = this
    return this.jumps.length === 0 && first * this.#tick <= from_s && end * this.#tick >= to_s
  }

  /** Takes its long steps for what they are where others went on during all of them: pauses, as between slides, and no jumps. */
  fillPauses(others: readonly Track[]): void {
    if (this.#steps.length === 0 || this.#steps.length !== this.jumps.length) return
    if (!this.#steps.every((step) => others.some((other) => other.#goesOnDuring(step)))) return
    if (this.end !== undefined) this.end += this.#offset
    this.#offset = 0
    this.jumps.length = 0
    this.#steps.length = 0
  }

  #jumped(ticks: number): void {
    const at = this.end === undefined || this.first === undefined ? 0 : (this.end - this.first) * this.#tick
    if (this.jumps.length < JUMPS_KEPT) this.jumps.push({ at_s: at, by_s: ticks * this.#tick })
    if (ticks === 0) return
    this.#offset += ticks
    this.#flush()
  }

  #flush(): void {
    this.#shown.flush()
    this.#decoded.flush()
  }
}
