import { readFile, writeFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { content } from './mp4-patch.ts'

/** Copies of a file that are broken in one way each. */

/** Its first part alone, as a copy that was interrupted leaves it. */
export async function cut(file: string, share: number): Promise<string> {
  const bytes = await readFile(file)
  return write(file, `cut-${share}`, bytes.subarray(0, Math.floor(bytes.length * share)))
}

/** Its second part alone: a transport stream that somebody tuned in to late. */
export async function tail(file: string, share: number): Promise<string> {
  const bytes = await readFile(file)
  const packets = Math.floor((bytes.length * share) / 188)
  return write(file, `tail-${share}`, bytes.subarray(packets * 188))
}

/** Bytes changed at random places between two shares of the file, `each` bytes apart; the same every time. */
export async function damage(file: string, { from = 0, to = 1, each = 500, seed = 1 } = {}): Promise<string> {
  const bytes = await readFile(file)
  let state = seed
  const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
  for (let at = from * bytes.length; at < to * bytes.length; at += 1 + random() * 2 * each) bytes[Math.floor(at)] = Math.floor(random() * 256)
  return write(file, `damaged-${from}-${to}-${each}`, bytes)
}

/** An MP4 whose video says that it is encrypted, as protected downloads do: the sample entry's type is `encv`. */
export async function lock(file: string): Promise<string> {
  const bytes = await readFile(file)
  bytes.write('encv', content(bytes, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd']).start + 12, 'latin1')
  return write(file, 'locked', bytes)
}

/** A transport stream whose pictures and sound are marked as scrambled. */
export async function scramble(file: string): Promise<string> {
  const bytes = await readFile(file)
  for (let at = 0; at + 188 <= bytes.length; at += 188) if ((bytes.readUInt16BE(at + 1) & 0x1fff) >= 0x100) bytes[at + 3] = (bytes[at + 3] ?? 0) | 0x80
  return write(file, 'scrambled', bytes)
}

/** Files one after another, as they are. */
export async function concatenate(target: string, ...files: readonly string[]): Promise<string> {
  await writeFile(target, Buffer.concat(await Promise.all(files.map((file) => readFile(file)))))
  return target
}

async function write(file: string, name: string, bytes: Uint8Array): Promise<string> {
  const target = join(dirname(file), `${name}${extname(file)}`)
  await writeFile(target, bytes)
  return target
}
