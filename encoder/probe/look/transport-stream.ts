import { JobError, jobErrors } from '../../job-errors.ts'

const SYNC = 0x47
/** Length of a packet and place of its first byte in it: plain, with a time code (m2ts), with error correction. */
const SHAPES = [
  [188, 0],
  [192, 4],
  [204, 0],
] as const
/** PIDs below this carry tables, which are never scrambled. */
const TABLES = 0x20

/** Throws `encrypted` where most of the packets of a transport stream are scrambled. */
export function checkTransportStream(head: Buffer): void {
  const shape = SHAPES.find(([length, offset]) => head.length > 5 * length && [0, 1, 2, 3, 4].every((index) => head[offset + index * length] === SYNC))
  if (shape === undefined) return
  const [length, offset] = shape
  let packets = 0
  let scrambled = 0
  for (let at = offset; at + 4 <= head.length; at += length) {
    const pid = head.readUInt16BE(at + 1) & 0x1fff
    if (head[at] !== SYNC || pid < TABLES || pid === 0x1fff) continue
    packets += 1
    if (((head[at + 3] ?? 0) & 0x80) !== 0) scrambled += 1
  }
  if (scrambled * 2 > packets) throw new JobError(jobErrors.encrypted, 'its packets are scrambled', 'Drop a copy without copy protection.')
}
