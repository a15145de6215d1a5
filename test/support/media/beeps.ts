const LENGTH_S = 0.05
const HERTZ = 1000
const AMPLITUDE = 0.5

export interface BeepTrack {
  readonly rate: number
  readonly channels: number
  readonly seconds: number
  /** When the beeps begin, in seconds from the first sample. */
  readonly beeps: readonly number[]
  /** The only channel that beeps, counted from 0; all by default. */
  readonly only?: number | undefined
  /** Peak; 0 is silence, above 1 clips. */
  readonly amplitude?: number | undefined
}

/** Interleaved 32-bit float samples: silence, and 50 ms of 1 kHz from exactly the sample of each beep. */
export function drawBeeps({ rate, channels, seconds, beeps, only, amplitude = AMPLITUDE }: BeepTrack): Uint8Array {
  const samples = new Float32Array(Math.round(seconds * rate) * channels)
  for (const beep of beeps) {
    const first = Math.round(beep * rate)
    for (let index = 0; index < LENGTH_S * rate; index += 1) {
      const value = amplitude * Math.sin((2 * Math.PI * HERTZ * index) / rate)
      for (let channel = 0; channel < channels; channel += 1) {
        const at = (first + index) * channels + channel
        if (at >= 0 && at < samples.length && (only === undefined || only === channel)) samples[at] = value
      }
    }
  }
  return new Uint8Array(samples.buffer)
}

/** Seconds at which beeps begin in mono samples: where, after a silence, the level first passes half of the loudest. */
export function findBeeps(samples: Float32Array, rate: number): number[] {
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  if (loudest < 0.005) return []
  const found: number[] = []
  let loudAt = Number.NEGATIVE_INFINITY
  samples.forEach((sample, index) => {
    if (Math.abs(sample) < loudest / 2) return
    if (index - loudAt > (rate * LENGTH_S) / 2) found.push(index / rate)
    loudAt = index
  })
  return found
}
