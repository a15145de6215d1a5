import { JobError, jobErrors } from '../../job-errors.ts'

type Signature = readonly [name: string, matches: (head: Buffer) => boolean]

const IMAGES: readonly Signature[] = [
  ['JPEG', begins([0xff, 0xd8, 0xff])],
  ['PNG', begins([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ['GIF', (head) => /^GIF8[79]a/.test(head.toString('latin1', 0, 6))],
  ['WebP', (head) => ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 4) === 'WEBP'],
  ['BMP', (head) => ascii(head, 0, 2) === 'BM' && head.length > 26 && head.readUInt32LE(6) === 0 && [12, 40, 52, 56, 64, 108, 124].includes(head.readUInt32LE(14))],
  ['TIFF', (head) => ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(ascii(head, 0, 4))],
  ['HEIF or AVIF', (head) => ascii(head, 4, 4) === 'ftyp' && /^(?:hei[cxms]|hev[cx]|mif1|msf1|avi[fs])$/.test(ascii(head, 8, 4))],
  ['Photoshop', (head) => ascii(head, 0, 4) === '8BPS'],
  ['JPEG 2000', begins([0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20])],
  ['JPEG XL', (head) => begins([0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20])(head) || begins([0xff, 0x0a])(head)],
  ['OpenEXR', begins([0x76, 0x2f, 0x31, 0x01])],
  ['DPX', (head) => ['SDPX', 'XPDS'].includes(ascii(head, 0, 4))],
  ['icon', (head) => begins([0, 0, 1, 0])(head) && head.length > 10 && head[9] === 0 && (head[4] ?? 0) > 0 && (head[4] ?? 0) < 64 && head[5] === 0],
]

/** Throws `image` for a still image, an animated one included. */
export function refuseImage(head: Buffer): void {
  const image = IMAGES.find(([, matches]) => matches(head))
  if (image === undefined) return
  throw new JobError(jobErrors.image, `it is an image (${image[0]}), still or animated, and no video`, 'Drop a video or an audio file: a cover belongs inside of one, and an animation is to be exported as video.')
}

function begins(signature: readonly number[]): (head: Buffer) => boolean {
  return (head) => signature.every((byte, index) => head[index] === byte)
}

function ascii(head: Buffer, offset: number, length: number): string {
  return head.toString('latin1', offset, offset + length)
}
