import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '../../../shared/files/atomic.ts'
import { Problem, systemCodeOf } from '../../../shared/errors/problem.ts'
import type { AgentConfig } from '../../config.ts'
import { errors } from '../../errors.ts'
import { keepOriginal, readGenerated } from '../generated/ownership.ts'
import { HTTP_FILE, isGeneratedName, STREAM_FILE } from '../names.ts'
import { storageProblem } from './storage-problem.ts'
import type { FileTexts } from './swap.ts'

export interface EditedFile {
  /** Relative to the include directory. */
  readonly name: string
  readonly file: string
  readonly diff: string
}

/** The generated files that are on disk, by name relative to the include directory. */
export interface OwnFiles {
  readonly texts: FileTexts
  readonly edited: readonly EditedFile[]
}

/**
 * Reads the generated files. What stands under `wanted`, the names of the plan, is ours in any case; of other names
 * only files that carry our seal, so that a file that somebody put there himself is left alone.
 */
export async function readOwnFiles(config: AgentConfig, wanted: Iterable<string>): Promise<OwnFiles> {
  const includeDir = config.nginx.include_dir
  const texts = new Map<string, string>()
  const edited: EditedFile[] = []
  const ours = new Set([...wanted, HTTP_FILE, STREAM_FILE])
  for (const name of new Set([...ours, ...(await serverFiles(includeDir))])) {
    const found = await readGenerated(config, name)
    if (found.state === 'absent' || (found.state === 'edited' && !ours.has(name))) continue
    texts.set(name, found.text)
    if (found.state === 'edited') edited.push({ name, file: join(includeDir, name), diff: found.diff })
  }
  return { texts, edited }
}

export function refuseEdited(edited: readonly EditedFile[]): Problem {
  const names = edited.map(({ file }) => file).join(', ')
  const [is, was] = edited.length === 1 ? ['is', 'was'] : ['are', 'were']
  return new Problem(
    errors.generatedFileEdited,
    `${names} ${is} generated, but ${was} edited by hand. Move the edit to a file of your own, ` +
      `or override with force, which replaces the file and keeps a copy:\n${edited.map(({ diff }) => diff).join('\n')}`,
    { files: edited.map(({ file, diff }) => ({ file, diff })) },
  )
}

/** Where a copy of a hand-edited file goes before it is replaced: outside of any directory that Nginx includes. */
export function copyPathOf(stateDir: string, name: string, now: Date = new Date()): string {
  return join(stateDir, 'edited', `${name.replaceAll('/', '-')}.edited-${now.toISOString().replaceAll(/[:.]/g, '-')}`)
}

export async function keepCopy(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 })
    await replaceFile(path, text)
  } catch (error) {
    throw storageProblem(dirname(path), 'the hand-edited file could not be kept, so nothing was replaced', error)
  }
}

/** Remembers what was generated, so that a later edit can be shown as a difference. */
export async function keepOriginals(config: AgentConfig, texts: FileTexts): Promise<void> {
  for (const [name, text] of texts) await keepOriginal(config, name, text)
}

async function serverFiles(includeDir: string): Promise<string[]> {
  try {
    const below = await readdir(join(includeDir, 'server'), { recursive: true })
    return below.map((name) => `server/${name}`).filter((name) => isGeneratedName(name))
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw error
  }
}
