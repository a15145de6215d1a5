import { createHash } from 'node:crypto'
import { type FileHandle, open, statfs } from 'node:fs/promises'
import { JobError, jobErrors } from '../job-errors.ts'
import { BoxFault } from '../package/boxes/box.ts'
import { type InitBoxes, readInit } from '../package/boxes/init.ts'
import { checkNalUnits } from '../package/boxes/nal-units.ts'
import { readSegment, type SegmentBoxes } from '../package/boxes/segment.ts'
import type { MadeFile, MadeInit, MadeSegment } from './records.ts'

/** Memory for one file after another: a new piece for each segment would stand around by the dozen until it is collected. */
export class ReusedMemory {
  #buffer = Buffer.alloc(0)

  /** The bytes of a file, there until the next is read. */
  async read(file: FileHandle): Promise<Buffer> {
    const { size } = await file.stat()
    if (size > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(size)
    let length = 0
    for (let read = -1; read !== 0 && length < size; length += read) ({ bytesRead: read } = await file.read(this.#buffer, length, size - length, length))
    return this.#buffer.subarray(0, length)
  }
}

export interface MeasuredInit {
  readonly made: MadeInit
  readonly boxes: InitBoxes
}

export interface MeasuredSegment {
  readonly made: MadeSegment
  readonly boxes: SegmentBoxes
}

/** An initialisation segment: read once, hashed, and safe on disk. */
export async function measureInit(path: string, rendition: string): Promise<MeasuredInit> {
  const { content, file } = await readMade(path)
  const boxes = await understood(path, () => readInit(content))
  return { boxes, made: { ...file, rendition, codecs: boxes.codecs, timescale: boxes.timescale } }
}

/** A media segment: read once, hashed, its samples counted and followed to their ends, and safe on disk. `memory` is used for its bytes. */
export async function measureSegment(path: string, number: number, init: MeasuredInit, memory: ReusedMemory): Promise<MeasuredSegment> {
  const { content, file } = await readMade(path, memory)
  const { rendition, timescale } = init.made
  const { nal_length_bytes: lengthBytes, handler } = init.boxes
  const boxes = await understood(path, () => {
    const segment = readSegment(content, init.boxes.defaults)
    if (lengthBytes !== null) checkNalUnits(content, segment.samples, lengthBytes)
    return segment
  })
  const [first] = boxes.samples
  const key_range = handler !== 'vide' || first === undefined ? null : { offset: boxes.moof_start, length: first.offset + first.size - boxes.moof_start }
  return {
    boxes,
    made: { ...file, rendition, number, start_ticks: boxes.decode_time, duration_ticks: boxes.duration, timescale, frames: boxes.samples.length, key_range },
  }
}

async function readMade(path: string, memory = new ReusedMemory()): Promise<{ readonly content: Buffer; readonly file: MadeFile }> {
  await using handle = await open(path, 'r')
  const content = await memory.read(handle)
  // What the ledger calls finished must be there after a power loss too.
  await handle.sync()
  return { content, file: { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') } }
}

async function understood<T>(path: string, read: () => T): Promise<T> {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof BoxFault)) throw error
    // ffmpeg's muxer goes on when the disk is full: it leaves empty files under their final names, says nothing and exits 0.
    if (await isFull(path)) throw new JobError(jobErrors.noSpace, `The disk was full when ${path} was written`, 'Free space in the work area; it goes on by itself.', { path }, error)
    throw new JobError(jobErrors.chunkInvalid, `${path} is not a whole segment: ${error.message}`, 'It is made again.', { path }, error)
  }
}

/** Less is left than the buffer with which ffmpeg writes. */
async function isFull(path: string): Promise<boolean> {
  const { bavail, bsize, files, ffree } = await statfs(path)
  return bavail * bsize < 32 * 1024 || (files > 0 && ffree === 0)
}
