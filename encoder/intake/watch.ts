import { watch } from 'chokidar'
import { keyOf, type PathBytes, toBytes } from './path-bytes.ts'

export interface FolderWatch {
  /** Resolves when all folders are watched, or the watcher is closed. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

export type WatchFolder = (directory: string, skip: (below: PathBytes) => boolean, listeners: { readonly hint: () => void; readonly failed: (error: unknown) => void }) => FolderWatch

/**
 * Says «look» when something happens in the folder, no more: it misses names that are no UTF-8, takes a copy that
 * stalls for finished, and a replaced file for a changed one. Directories only, one inotify watch each: a file's own
 * events come through its directory as raw ones.
 */
export const watchFolder: WatchFolder = (directory, skip, { hint, failed }) => {
  const watcher = watch(directory, {
    ignoreInitial: true,
    followSymlinks: false,
    ignorePermissionErrors: true,
    ignored: (path, stats) => {
      if (path === directory) return false
      const below = toBytes(path.slice(directory.length + 1))
      return keyOf(below).split('/').some((name) => name.startsWith('.')) || skip(below) || stats?.isDirectory() === false
    },
  })
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  watcher.on('ready', resolve)
  watcher.on('all', hint)
  watcher.on('raw', hint)
  watcher.on('error', failed)
  return {
    ready,
    close() {
      resolve()
      return watcher.close()
    },
  }
}
