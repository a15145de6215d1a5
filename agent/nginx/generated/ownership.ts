import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import { replaceFile } from '../../../shared/files/atomic.ts'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import type { AgentConfig } from '../../config.ts'
import { isSealed } from './seal.ts'

/** A generated file as it is on disk. */
export type Generated =
  | { readonly state: 'absent' }
  /** As the agent wrote it; `nonce` is what its verify server answers, null where it has none. */
  | { readonly state: 'intact'; readonly text: string; readonly nonce: string | null }
  /** `diff`: unified, from what the agent wrote last to what is there. */
  | { readonly state: 'edited'; readonly text: string; readonly diff: string }

type Paths = { readonly state_dir: string; readonly nginx: Pick<AgentConfig['nginx'], 'include_dir'> }

/** Reads a generated file, by its name relative to `include_dir`. Throws system errors but for an absent file. */
export async function readGenerated(config: Paths, name: string): Promise<Generated> {
  const path = join(config.nginx.include_dir, name)
  const text = await readIfThere(path)
  if (text === null) return { state: 'absent' }
  if (isSealed(text)) return { state: 'intact', text, nonce: nonceIn(text) }
  const original = await readIfThere(originalOf(config, name))
  return { state: 'edited', text, diff: unifiedDiff(path, original ?? '', text) }
}

/** Writes a generated file whole, readable for all whatever the umask, and keeps its text to compare edits with. */
export async function writeGenerated(config: Paths, name: string, text: string): Promise<void> {
  await keepOriginal(config, name, text)
  const path = join(config.nginx.include_dir, name)
  await mkdir(dirname(path), { recursive: true, mode: 0o755 })
  await replaceFile(path, text, { mode: 0o644, within: config.nginx.include_dir })
}

/** Remembers what the agent wrote, so that a hand edit can be shown as a difference. */
export async function keepOriginal(config: Paths, name: string, text: string): Promise<void> {
  const path = originalOf(config, name)
  await mkdir(dirname(path), { recursive: true, mode: 0o755 })
  await replaceFile(path, text, { mode: 0o644 })
}

/** A unified diff of one file, in the form that `patch` reads; '' when nothing differs. */
export function unifiedDiff(path: string, before: string, after: string): string {
  return before === after ? '' : createTwoFilesPatch(path, path, before, after, undefined, undefined, { context: 3 })
}

export function nonceIn(text: string): string | null {
  return /^ *location = \/greenroom\/nonce \{\s*return 200 ([\w-]+);/m.exec(text)?.[1] ?? null
}

function originalOf(config: Paths, name: string): string {
  return join(config.state_dir, 'generated', name)
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) return null
    throw error
  }
}
