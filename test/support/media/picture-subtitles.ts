/** One picture subtitle from 0.2 to 1.2 s as a Blu-ray `.sup` stream: a white bar of 16 × 4. ffmpeg makes none from text. */
export function supSubtitles(width = 320, height = 180): Uint8Array {
  const size = [width >> 8, width & 255, height >> 8, height & 255]
  const rows = Array.from({ length: 4 }, () => [0x00, 0x80 | 16, 1, 0x00, 0x00]).flat() // 16 pixels of colour 1, end of line
  const object = [0, 16, 0, 4, ...rows]
  const shown = [
    segment(0x16, [...size, 0x10, 0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0, 8]),
    segment(0x17, [1, 0, 0, 8, 0, 8, 0, 16, 0, 4]),
    segment(0x14, [0, 0, 1, 235, 128, 128, 255]),
    segment(0x15, [0, 0, 0, 0xc0, 0, 0, object.length, ...object]),
    segment(0x80, []),
  ]
  const gone = [segment(0x16, [...size, 0x10, 0, 2, 0, 0, 0, 0]), segment(0x17, [1, 0, 0, 8, 0, 8, 0, 16, 0, 4]), segment(0x80, [])]
  return Buffer.concat([...shown.map((make) => make(0.2)), ...gone.map((make) => make(1.2))])
}

function segment(type: number, content: readonly number[]): (time: number) => Buffer {
  return (time) => {
    const header = Buffer.alloc(13)
    header.write('PG')
    header.writeUInt32BE(Math.round(time * 90_000), 2)
    header[10] = type
    header.writeUInt16BE(content.length, 11)
    return Buffer.concat([header, Buffer.from(content)])
  }
}
