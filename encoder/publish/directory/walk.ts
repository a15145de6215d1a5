import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCodeOf } from '../../../shared/errors/problem.ts'

/** The files under a directory whose path below it begins with `prefix`; hidden ones are none of ours, symbolic links are not followed. */
export async function* walk(root: string, prefix: string, signal: AbortSignal): AsyncGenerator<{ readonly key: string; readonly bytes: number }> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  yield* below(root, folder, prefix, signal)
}

async function* below(root: string, folder: string, prefix: string, signal: AbortSignal): AsyncGenerator<{ readonly key: string; readonly bytes: number }> {
  signal.throwIfAborted()
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    // Below the root, a folder may have been removed meanwhile.
    if (systemCodeOf(error) === 'ENOENT' && folder !== '') return []
    throw error
  })
  for (const entry of entries) {
    const key = folder + entry.name
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) {
      if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) yield* below(root, `${key}/`, prefix, signal)
    } else if (entry.isFile() && key.startsWith(prefix)) {
      const facts = await lstat(join(root, key)).catch(() => null)
      if (facts !== null) yield { key, bytes: facts.size }
    }
  }
}
