import { BoxFault } from './box.ts'
import type { Sample } from './segment.ts'

/** Follows the lengths of the NAL units of each sample, which must end where the sample does: what a file cut or overwritten in the middle fails. */
export function checkNalUnits(bytes: Buffer, samples: readonly Sample[], lengthBytes: number): void {
  for (const { offset, size } of samples) {
    const end = offset + size
    let at = offset
    while (at + lengthBytes <= end) at += lengthBytes + bytes.readUIntBE(at, lengthBytes)
    if (at !== end || size === 0) throw new BoxFault(`the NAL units of the sample at ${offset} do not end where it does, at ${end}`)
  }
}
