import { join } from 'node:path'
import { execa } from 'execa'

/** What the fence around a program that reads sources holds on this host. */
export interface Fence {
  /** It sees system libraries and the directories named for it, and no other file. */
  readonly files: boolean
  /** It makes no connection, and signals no other process. */
  readonly network: boolean
}

/** What a fenced program is let at. */
export interface Gate {
  readonly read?: readonly string[]
  readonly write?: readonly string[]
}

const PROGRAM = join(import.meta.dirname, 'fence.pl')
const PATIENCE_MS = 30_000

/** Asks the kernel what of the fence it can hold; null where there is no Perl to ask it. */
export async function probeFence(): Promise<Fence | null> {
  const { failed, stdout } = await execa('perl', [PROGRAM, '--probe'], { stdin: 'ignore', reject: false, timeout: PATIENCE_MS })
  if (failed) return null
  const words = stdout.split('\n')
  return { files: words.includes('files'), network: words.includes('network') }
}

/** Words to put in front of a program: the fence, with what it lets through. */
export function fenceWords({ read = [], write = [] }: Gate): string[] {
  return ['perl', PROGRAM, ...read.flatMap((path) => ['--read', path]), ...write.flatMap((path) => ['--write', path]), '--']
}
