import type { Fault } from '../../shared/config/load.ts'
import { formatDuration } from '../../shared/units/duration.ts'
import type { EncoderConfig } from '../config.ts'

const SECOND = 1000

/** Profiles whose settings contradict each other. */
export function profileFaults({ profiles }: EncoderConfig): Fault[] {
  const faults: Fault[] = []
  for (const [name, { rungs = [], segment, chunk, tune }] of Object.entries(profiles)) {
    const at = `profiles.${name}`
    const ids = new Map<string, number>()
    for (const [index, { id, codec, keep_hdr: keepHdr }] of rungs.entries()) {
      const place = `${at}.rungs[${index}]`
      const other = ids.get(id)
      if (other !== undefined) faults.push({ place: `${place}.id`, found: `${JSON.stringify(id)}, which is the name of rungs[${other}] already`, expected: 'a name of its own' })
      ids.set(id, index)
      // Audio renditions are a0, a1, …; early playlists lie in a folder of their own.
      if (/^a\d+$/.test(id) || id === 'early') faults.push({ place: `${place}.id`, found: JSON.stringify(id), expected: 'another name, such as "v720": this one is used for other things in the version' })
      if (keepHdr && codec !== 'hevc') faults.push({ place: `${place}.keep_hdr`, found: `true with codec "${codec}"`, expected: 'codec = "hevc", or keep_hdr = false' })
      if (codec === 'hevc' && (tune === 'film' || tune === 'stillimage')) faults.push({ place: `${at}.tune`, found: `${JSON.stringify(tune)} with a rung of codec "hevc"`, expected: '"none", "animation" or "grain": x265 has no other' })
    }
    const within = (field: string, ms: number | undefined, least: number, most: number) => {
      if (ms === undefined || (ms >= least && ms <= most)) return
      faults.push({ place: `${at}.${field}`, found: `"${formatDuration(ms)}"`, expected: `"${formatDuration(least)}" to "${formatDuration(most)}"` })
    }
    within('segment', segment, SECOND, 20 * SECOND)
    within('chunk', chunk, 2 * SECOND, 600 * SECOND)
    if (segment !== undefined && chunk !== undefined && chunk < segment) {
      faults.push({ place: `${at}.chunk`, found: `"${formatDuration(chunk)}"`, expected: `at least "${formatDuration(segment)}", the length of a segment: a chunk is a whole number of segments` })
    }
  }
  return faults
}
