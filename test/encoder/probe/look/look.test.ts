import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { builtInProfiles } from '../../../../encoder/plan/built-in-profiles.ts'
import { lookAtBytes } from '../../../../encoder/probe/look/look.ts'

const { limits } = builtInProfiles.default
const directory = t.testdir()

async function look(content: string | Uint8Array): Promise<number> {
  const path = join(directory, 'source')
  await writeFile(path, content)
  return lookAtBytes(path, limits)
}

function bytes(...parts: readonly (string | number | readonly number[])[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.alloc(part) : typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))
}

/** A box of an MP4. */
function box(type: string, body: Uint8Array | string = '', length?: number): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(length ?? 8 + body.length)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, Buffer.from(body)])
}

t.test('an empty file', async (t) => {
  await t.rejects(look(''), { code: 'empty_file', fault: 'source', message: 'it has no bytes' })
})

t.test('scripts that name other files, whatever stands before their first word', async (t) => {
  const scripts = {
    '#EXTM3U\n#EXT-X-VERSION:3\nsegment.ts\n': /M3U or HLS/,
    '\uFEFF\n #EXTM3U\nfile:///etc/passwd\n': /M3U or HLS/,
    'ffconcat version 1.0\nfile secret.mp4\n': /ffmpeg concat script/,
    "# a comment\nfile '/etc/passwd'\n": /ffmpeg concat script/,
    'file secret.mp4\n': /ffmpeg concat script/,
    'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nm=video 5004 RTP/AVP 96\r\n': /SDP/,
    '[playlist]\nFile1=http://127.0.0.1/x\n': /PLS/,
    '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">': /DASH/,
    '<?xml version="1.0"?><AssetMap xmlns="x">': /IMF or DCP/,
    '<asx version="3.0">': /ASX/,
    'http://127.0.0.1:8080/secret\n': /list of addresses/,
    'rtsp://127.0.0.1/stream': /list of addresses/,
    'FILE "secret.wav" WAVE\n': /cue sheet/,
  }
  for (const [script, name] of Object.entries(scripts)) {
    await t.rejects(look(script), { code: 'playlist', message: name }, script)
    // HLS would be recognised by ffmpeg even with binary behind it.
    await t.rejects(look(Buffer.concat([Buffer.from(script), Buffer.alloc(500)])), { code: 'playlist', message: name }, `${script}, then zeros`)
  }
})

t.test('text, in whatever encoding, says how it begins', async (t) => {
  await t.rejects(look('<html><body>502 Bad Gateway</body></html>'), { code: 'text_file', message: /begins with "<html><body>502 Bad Gateway/ })
  await t.rejects(look(Buffer.from('Désolé, pas de vidéo ici\n', 'latin1')), { code: 'text_file' })
  await t.rejects(look(Buffer.from('\uFEFFnothing here', 'utf16le')), { code: 'text_file', message: /nothing here/ })
  await t.rejects(look('file system check\nall is well\n'), { code: 'text_file' }, 'a sentence that begins like a concat script')
  await t.rejects(look('x'.repeat(200_000)), { code: 'text_file' })
})

t.test('captions that were dropped as if they were a source are told where they belong', async (t) => {
  for (const captions of ['WEBVTT\n\n00:01.000 --> 00:02.000\nhi\n', '1\n00:00:01,000 --> 00:00:02,000\nhi\n', '[Script Info]\nTitle: x\n']) {
    await t.rejects(look(captions), { code: 'text_file', message: /captions file/, advice: /<video>\.<language>\.srt/ }, captions)
  }
})

t.test('still images', async (t) => {
  const images = {
    JPEG: bytes([0xff, 0xd8, 0xff, 0xe0], 100),
    PNG: bytes([0x89], 'PNG\r\n\x1a\n', 100),
    GIF: bytes('GIF89a', 100),
    WebP: bytes('RIFF', [40, 0, 0, 0], 'WEBPVP8 ', 100),
    BMP: bytes('BM', [0, 1, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0], 100),
    TIFF: bytes('II*\0', 100),
    'HEIF or AVIF': Buffer.concat([box('ftyp', 'avif\0\0\0\0'), box('mdat', Buffer.alloc(20))]),
    'JPEG 2000': bytes([0, 0, 0, 12], 'jP  \r\n', 20),
    Photoshop: bytes('8BPS', 100),
  }
  for (const [name, image] of Object.entries(images)) await t.rejects(look(image), { code: 'image', message: `it is an image (${name}), still or animated, and no video` }, name)
})

t.test('other files are called by their name', async (t) => {
  const others = { 'a ZIP archive': bytes('PK\x03\x04', 100), 'a PDF document': bytes('%PDF-1.7\n', [0], 100), 'a program': bytes('\x7fELF', 100), 'a tar archive': bytes(257, 'ustar', 100), 'a disc image': bytes(32_769, 'CD001', 100) }
  for (const [name, other] of Object.entries(others)) await t.rejects(look(other), { code: 'not_media', message: new RegExp(`it is ${name}`) }, name)
})

t.test('MP4: without its index, with one that is cut, and cut in its media data', async (t) => {
  const head = box('ftyp', 'isom\0\0\0\0')
  await t.rejects(look(Buffer.concat([head, box('mdat', Buffer.alloc(50))])), { code: 'no_index', message: /an interrupted recording or a lone media segment/ })
  await t.rejects(look(Buffer.concat([head, box('mdat', Buffer.alloc(50), 5000)])), { code: 'no_index', message: /ends in the middle of its media data/ })
  await t.rejects(look(Buffer.concat([head, box('moov', Buffer.alloc(0)), box('mdat', Buffer.alloc(50), 108)])), { code: 'truncated', message: 'it is cut: of its media data only 53 % are there, and the last 50B are missing' })
  await t.rejects(look(Buffer.concat([head, box('moov', Buffer.alloc(50), 500)])), { code: 'truncated', message: /of its index only/ })
  await t.rejects(look(Buffer.concat([box('styp', 'msdh\0\0\0\0'), box('moof'), box('mdat', 'x')])), { code: 'no_index' })
  t.equal(await look(Buffer.concat([head, box('moov'), box('mdat', Buffer.alloc(9)), Buffer.from('\0\0\0\0padding')])), 45 + 11 - 4, 'whole, with padding behind')
})

t.test('MP4 with a box of 64-bit length, and one that lasts to the end of the file', async (t) => {
  const long = Buffer.alloc(16 + 20)
  long.writeUInt32BE(1)
  long.write('mdat', 4)
  long.writeBigUInt64BE(36n, 8)
  await t.resolves(look(Buffer.concat([box('moov'), long])))
  await t.resolves(look(Buffer.concat([box('moov'), box('mdat', Buffer.alloc(20), 0)])))
  long.writeBigUInt64BE(2n ** 62n, 8)
  await t.rejects(look(Buffer.concat([box('moov'), long])), { code: 'truncated' })
})

t.test('boxes that make no sense end the walk', async (t) => {
  await t.rejects(look(Buffer.concat([box('ftyp', 'isom\0\0\0\0'), box('mdat', '', 3)])), { code: 'no_index' })
  await t.rejects(look(box('ftyp', 'isom', 1)), { code: 'no_index' })
})

t.test('Matroska knows its length, unless it was live', async (t) => {
  const header = [0x1a, 0x45, 0xdf, 0xa3, 0x84, 1, 2, 3, 4]
  const segment = [0x18, 0x53, 0x80, 0x67]
  await t.rejects(look(bytes(header, segment, [0x44, 0x00], 512)), { code: 'truncated', message: /50 % are there/ })
  await t.resolves(look(bytes(header, segment, [0x42, 0x00], 512)))
  await t.resolves(look(bytes(header, segment, [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 100)), 'an unknown length')
})

t.test('AVI and WAV know their length; recorders that do not say so', async (t) => {
  const riff = (length: number, form: string, rest: number) => {
    const head = bytes('RIFF', 4, form, rest)
    head.writeUInt32LE(length, 4)
    return head
  }
  await t.rejects(look(riff(10_000, 'AVI ', 500)), { code: 'truncated' })
  await t.rejects(look(riff(10_000, 'WAVE', 500)), { code: 'truncated' })
  await t.resolves(look(riff(504, 'AVI ', 500)))
  await t.resolves(look(riff(0xffff_ffff, 'WAVE', 500)))
  await t.resolves(look(riff(0, 'AVI ', 500)))
})

t.test('what is not recognised is left to ffprobe', async (t) => {
  t.equal(await look(Buffer.alloc(5000)), 5000)
  t.equal(await look(Buffer.from([1, 2, 3])), 3)
})

t.test('a file that has gone, and one that cannot be read', async (t) => {
  await t.rejects(lookAtBytes(join(directory, 'gone'), limits), { code: 'source_changed' })
  await t.rejects(lookAtBytes(directory, limits), { code: 'storage_failed', fault: 'environment' })
})
