import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFile, MP4BoxBuffer } from 'mp4box'
import t from 'tap'
import { BoxFault } from '../../../../encoder/package/boxes/box.ts'
import { readInit } from '../../../../encoder/package/boxes/init.ts'
import { checkNalUnits } from '../../../../encoder/package/boxes/nal-units.ts'
import { readSegment } from '../../../../encoder/package/boxes/segment.ts'
import { ffmpegs } from '../../../support/ffmpegs.ts'
import { ffmpeg } from '../../../support/media/tools.ts'

const HLS = ['-avoid_negative_ts', 'disabled', '-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_time', '0.4', '-hls_list_size', '0', '-hls_fmp4_init_filename', 'init.mp4']
const VIDEO = 'movflags=+cmaf+frag_discont+skip_sidx:use_editlist=1:video_track_timescale=30000'
const CODECS: Readonly<Record<string, readonly string[]>> = {
  avc: ['-map', '0:v', '-c:v', 'libx264', '-preset', 'medium', '-hls_segment_options', VIDEO],
  hevc: ['-map', '0:v', '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:open-gop=0:keyint=12:min-keyint=12:scenecut=0', '-pix_fmt', 'yuv420p10le', '-tag:v', 'hvc1', '-hls_segment_options', VIDEO],
  aac: ['-map', '1:a', '-c:a', 'aac', '-ac', '2', '-bsf:a', 'noise=drop=lt(pts\\,0)', '-hls_segment_options', 'movflags=+cmaf+skip_sidx+frag_discont:use_editlist=0'],
}

/** The same facts as an independent library reads them. */
async function independent(init: Buffer, segments: readonly Buffer[]) {
  const file = createFile()
  const told = new Promise<{ codec: string; timescale: number; brands: string[] }>((resolve, reject) => {
    file.onError = (module: string, message: string) => reject(new Error(`${module}: ${message}`))
    file.onReady = (info) => resolve({ codec: info.tracks[0]?.codec ?? '', timescale: info.tracks[0]?.timescale ?? 0, brands: info.brands })
  })
  let position = 0
  for (const bytes of [init, ...segments]) {
    file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(new Uint8Array(bytes).buffer, position))
    position += bytes.length
  }
  file.flush()
  const { id } = file.getInfo().tracks[0] ?? { id: 1 }
  const samples = file.getTrackSamplesInfo(id).map(({ dts, duration, size, is_sync: sync, offset }) => ({ dts, duration, size, sync, offset }))
  const { moofs = [] } = file as unknown as { moofs?: readonly { boxes: readonly { type: string; sequence_number?: number }[] }[] }
  const sequences = moofs.map(({ boxes }) => boxes.find(({ type }) => type === 'mfhd')?.sequence_number)
  return { ...(await told), samples, sequences }
}

for (const tool of ffmpegs) {
  t.test(`what ${tool.name} writes is read as a library that is not ours reads it`, { skip: tool.skip }, async (t) => {
    const directory = t.testdir({})
    for (const [name, words] of Object.entries(CODECS)) {
      const source = ['-f', 'lavfi', '-i', 'testsrc2=size=64x36:rate=30000/1001:duration=1.7', '-f', 'lavfi', '-i', 'sine=d=1.7:r=48000']
      await ffmpeg(['-v', 'error', '-y', ...source, ...words.slice(0, 2), '-g', '12', '-keyint_min', '12', '-sc_threshold', '0', ...HLS, '-hls_segment_filename', join(directory, `${name}-%d.m4s`), ...words.slice(2), join(directory, 'p.m3u8')], { program: tool.path })
      const init = await readFile(join(directory, 'init.mp4'))
      const segments = await Promise.all([0, 1, 2, 3].map((number) => readFile(join(directory, `${name}-${number}.m4s`))))
      const other = await independent(init, segments)
      const ours = readInit(init)
      t.equal(ours.codecs.toLowerCase(), other.codec.toLowerCase(), `${name}: ${ours.codecs}`)
      t.equal(ours.timescale, other.timescale)
      t.ok(other.brands.every((brand) => ours.brands.includes(brand)))
      t.equal(ours.handler, name === 'aac' ? 'soun' : 'vide')
      let position = init.length
      const samples = []
      for (const bytes of segments) {
        const { decode_time: start, samples: own, mdat, duration } = readSegment(bytes, ours.defaults)
        let dts = start
        for (const { duration, size, sync, offset } of own) {
          samples.push({ dts, duration, size, sync, offset: offset + position })
          dts += duration
        }
        t.equal(dts - start, duration)
        t.ok(mdat.end === bytes.length)
        if (ours.nal_length_bytes !== null) checkNalUnits(bytes, own, ours.nal_length_bytes)
        position += bytes.length
      }
      t.same(samples, other.samples, `${name}: the same ${samples.length} samples`)
      t.same(segments.map((bytes) => readSegment(bytes, ours.defaults).sequence), other.sequences)
      if (name !== 'aac') t.same(samples.filter(({ sync }) => sync).map(({ dts }) => dts), [0, 1, 2, 3].map((number) => number * 12 * 1001))
      if (name === 'avc') t.match(ours, { nal_length_bytes: 4, edits: [{ media_time: 2 * 1001 }] })
    }
  })
}

t.test('a file that is cut off, or has a byte wrong where it counts, is no segment', async (t) => {
  const directory = t.testdir({})
  await ffmpeg(['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=64x36:rate=25:duration=0.4', '-c:v', 'libx264', ...HLS, '-hls_segment_filename', join(directory, 's%d.m4s'), join(directory, 'p.m3u8')])
  const init = await readFile(join(directory, 'init.mp4'))
  const { defaults } = readInit(init)
  const whole = await readFile(join(directory, 's0.m4s'))
  const { samples, mdat } = readSegment(whole, defaults)
  checkNalUnits(whole, samples, 4)
  for (let length = 0; length < whole.length; length += 7) t.throws(() => readSegment(whole.subarray(0, length), defaults), BoxFault)
  for (let length = 0; length < init.length; length += 5) t.throws(() => readInit(init.subarray(0, length)), BoxFault)
  t.throws(() => readSegment(Buffer.concat([whole, whole]), defaults), BoxFault, 'two fragments')
  t.throws(() => readSegment(Buffer.concat([whole, Buffer.from('abc')]), defaults), BoxFault, 'stray bytes')
  const torn = Buffer.from(whole)
  torn.writeUInt32BE(torn.readUInt32BE(mdat.start) + 1, mdat.start)
  t.throws(() => checkNalUnits(torn, samples, 4), BoxFault)
  const zeroed = Buffer.from(whole).fill(0, mdat.start)
  t.throws(() => checkNalUnits(zeroed, samples, 4), BoxFault, 'a hole that a power loss leaves')
})

t.test('boxes with large sizes, of version 1 and with their own base are read too', async (t) => {
  const box = (type: string, ...content: Buffer[]) => {
    const body = Buffer.concat(content)
    const header = Buffer.alloc(16)
    header.writeUInt32BE(1)
    header.write(type, 4, 'latin1')
    header.writeBigUInt64BE(BigInt(body.length + 16), 8)
    return Buffer.concat([header, body])
  }
  const words = (...numbers: number[]) => Buffer.from(Uint32Array.from(numbers).buffer).swap32()
  const tfdt = box('tfdt', words(0x0100_0000, 1, 5))
  const fragment = (base: number) => box('moof', box('mfhd', words(0, 9)), box('traf', box('tfhd', words(0x0000_0039, 1, 0, base, 40, 3, 0x0001_0000)), tfdt, box('trun', words(0x0000_0005, 2, 0, 0x0200_0000))))
  const moof = fragment(fragment(0).length + 16)
  const segment = readSegment(Buffer.concat([moof, box('mdat', Buffer.from('abcdef'))]), { duration: 0, size: 0, flags: 0 })
  t.match(segment, { sequence: 9, decode_time: 2 ** 32 + 5, duration: 80, samples: [{ size: 3, sync: true }, { size: 3, sync: false }] })
  t.equal(segment.samples[0]?.offset, moof.length + 16)
})
