import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '../../../shared/files/atomic.ts'
import { Problem, systemCodeOf } from '../../../shared/errors/problem.ts'
import type { AgentConfig } from '../../config.ts'
import { errors } from '../../errors.ts'
import { isSealed } from '../generated/seal.ts'
import { unifiedDiff } from '../loaded/differences.ts'
import { HTTP_FILE, STREAM_FILE } from '../names.ts'
import { storageProblem } from './storage-problem.ts'
import { liveText, type FileTexts } from './swap.ts'

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
    const text = await liveText(includeDir, name)
    if (text === null) continue
    const sealed = isSealed(text)
    if (!sealed && !ours.has(name)) continue
    texts.set(name, text)
    if (!sealed) edited.push({ name, file: join(includeDir, name), diff: unifiedDiff(join(includeDir, name), await originalOf(config, name), text) })
  }
  return { texts, edited }
}

export function refuseEdited(edited: readonly EditedFile[]): Problem {
  const names = edited.map(({ file }) => file).join(', ')
  return new Problem(
    errors.generatedFileEdited,
    `${names} ${edited.length === 1 ? 'is' : 'are'} generated, but ${edited.length === 1 ? 'was' : 'were'} edited by hand:\n${edited.map(({ diff }) => diff).join('\n')}\n` +
      'Move the edit to a file of your own, or override with force, which replaces the file and keeps a copy.',
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
export async function keepOriginals(stateDir: string, texts: FileTexts): Promise<void> {
  for (const [name, text] of texts) {
    const path = originalPath(stateDir, name)
    if ((await liveText(dirname(path), name.split('/').at(-1)!)) === text) continue
    await mkdir(dirname(path), { recursive: true, mode: 0o755 })
    await replaceFile(path, text)
  }
}

async function originalOf(config: AgentConfig, name: string): Promise<string | undefined> {
  return (await liveText(join(config.state_dir, 'generated'), name)) ?? undefined
}

function originalPath(stateDir: string, name: string): string {
  return join(stateDir, 'generated', name)
}

async function serverFiles(includeDir: string): Promise<string[]> {
  try {
    return (await readdir(join(includeDir, 'server'))).filter((name) => name.endsWith('.conf')).map((name) => `server/${name}`)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw error
  }
}
