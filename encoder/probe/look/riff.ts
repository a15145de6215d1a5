import { refuseCut } from './cut.ts'

/** What recorders write that do not know the length yet, or never will. */
const UNKNOWN = 0xff_ff_f0_00

/** AVI and WAV: the length in front is filled in when writing ends. An AVI above 1 GiB has several such parts; the first is checked. */
export function checkRiff(size: number, head: Buffer): void {
  if (head.length < 12 || head.toString('latin1', 0, 4) !== 'RIFF') return
  const form = head.toString('latin1', 8, 12)
  const length = head.readUInt32LE(4)
  if (!['AVI ', 'WAVE'].includes(form) || length >= UNKNOWN) return
  refuseCut('its media data', 8, length, size)
}
