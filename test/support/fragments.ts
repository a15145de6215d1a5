import { createFile, MP4BoxBuffer } from 'mp4box'

/** One CMAF segment as mp4box reads it, with the initialisation segment it belongs to. */
export interface Fragment {
  readonly timescale: number
  /** `tfdt`, in ticks. */
  readonly start: number
  /** Sum of the samples' lengths, in ticks. */
  readonly duration: number
  readonly samples: number
  /** Whether the first sample can be decoded by itself. */
  readonly startsWithKey: boolean
  readonly sequence: number
  /** From the first `moof` to the end of the first sample. */
  readonly keyRange: { readonly offset: number; readonly length: number }
  /** Boxes at the top of the segment, in order. */
  readonly boxes: readonly string[]
  readonly codec: string
}

interface Box {
  readonly type: string
  readonly start: number
  readonly size: number
}

/** Reads a segment by a library that is not ours. Throws where it is not exactly one fragment of one track. */
export function readFragment(init: Buffer, segment: Buffer): Fragment {
  const file = createFile()
  const bytes = new Uint8Array(init.length + segment.length)
  bytes.set(init)
  bytes.set(segment, init.length)
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes.buffer, 0))
  file.flush()
  const boxes = (file.boxes as unknown as Box[]).filter(({ start }) => start >= init.length)
  const [moof, ...more] = file.moofs
  const track = moof?.trafs[0]
  if (moof === undefined || track === undefined || more.length > 0 || moof.trafs.length !== 1) throw new Error(`not one fragment of one track: ${boxes.map(({ type }) => type).join(' ')}`)
  const end = boxes.at(-1)
  if (end === undefined || end.start + end.size !== bytes.length) throw new Error('the last box does not end where the segment ends')

  const defaults = file.moov.mvex?.trexs[0]
  const defaultDuration = track.tfhd.default_sample_duration || defaults?.default_sample_duration || 0
  let duration = 0
  let samples = 0
  for (const run of track.truns) {
    samples += run.sample_count
    duration += run.sample_duration.length > 0 ? run.sample_duration.reduce((sum, ticks) => sum + ticks, 0) : run.sample_count * defaultDuration
  }
  const [first] = track.truns
  const flags = first?.first_sample_flags ?? first?.sample_flags[0] ?? track.tfhd.default_sample_flags ?? defaults?.default_sample_flags ?? 0
  const firstSize = first?.sample_size[0] ?? track.tfhd.default_sample_size ?? 0
  const start = (moof as unknown as Box).start
  const info = file.getInfo()
  return {
    timescale: info.tracks[0]?.timescale ?? 0,
    start: track.tfdt.baseMediaDecodeTime,
    duration,
    samples,
    // sample_is_non_sync_sample, ISO/IEC 14496-12 8.8.3.1
    startsWithKey: (flags & 0x10000) === 0,
    sequence: moof.mfhd.sequence_number,
    keyRange: { offset: start - init.length, length: (first?.data_offset ?? 0) + firstSize },
    boxes: boxes.map(({ type }) => type),
    codec: info.tracks[0]?.codec ?? '',
  }
}
