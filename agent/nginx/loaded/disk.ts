import { realpath } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { isGeneratedName } from '../names.ts'
import type { ConfigFile } from '../syntax/dump.ts'
import { splitDump } from './split-dump.ts'
import type { RunNginx } from '../process/run-nginx.ts'

/** What Nginx says about the configuration that is on disk now. */
export type DiskConfig =
  | {
      readonly valid: true
      /** In the order Nginx read them, the main file first. */
      readonly files: readonly ConfigFile[]
      /** Texts by path, our own files left out. */
      readonly foreign: ReadonlyMap<string, string>
      /** Names, relative to the include directory, of the generated files that are included. */
      readonly included: ReadonlySet<string>
    }
  | { readonly valid: false; readonly complaint: string }

/** Has Nginx test and print the configuration on disk. */
export async function readDisk(run: RunNginx, includeDir: string): Promise<DiskConfig> {
  const { ok, stdout, complaint } = await run(['-T'])
  if (!ok) return { valid: false, complaint }
  const files = await splitDump(stdout)
  const root = await real(includeDir)
  const foreign = new Map<string, string>()
  const included = new Set<string>()
  for (const { path, text } of files) {
    const name = relative(root, join(await real(dirname(path)), basename(path)))
    if (isGeneratedName(name)) included.add(name)
    else foreign.set(path, text)
  }
  return { valid: true, files, foreign, included }
}

/** A directory's real path; its own where it does not exist, as under a path that only a glob names. */
async function real(directory: string): Promise<string> {
  return realpath(directory).catch(() => directory)
}
