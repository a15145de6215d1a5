import { messageOf, systemCodeOf } from '../../shared/errors/problem.ts'
import type { Logger } from '../../shared/log.ts'
import { formatDuration } from '../../shared/units/duration.ts'
import type { FolderProblem } from './folder.ts'
import type { PathBytes } from './path-bytes.ts'
import type { FolderWatch, WatchFolder } from './watch.ts'

export interface HintOptions {
  readonly directory: string
  readonly rescan: number
  readonly skip: (below: PathBytes) => boolean
  readonly watch: WatchFolder
  readonly log: Pick<Logger, 'warn'>
  readonly hint: () => void
  /** Null: there are hints again. */
  readonly trouble: (problem: FolderProblem | null) => void
}

export interface Hints {
  /** Watches the folder that is there now, and resolves when nothing that happens in it from then on is missed. */
  keep(identity: string): Promise<void>
  stop(): Promise<void>
}

/** After the watcher had to be given up it is tried again this rarely. */
const AGAIN_MS = 600_000

/**
 * Keeps a watcher on the ingest folder as far as the system allows one. Without it nothing is lost but time: the rescans
 * remain. Each hint ends its watcher, and the look that follows sets up the next: chokidar lists the whole folder again
 * for each event in it, so with thousands of files waiting and one being written it would do nothing else.
 */
export function keepHints({ directory, rescan, skip, watch, log, hint, trouble }: HintOptions): Hints {
  let current: { readonly identity: string; readonly watch: FolderWatch } | undefined
  let closing: Promise<void> = Promise.resolve()
  let againAt = 0

  function stop(): Promise<void> {
    const old = current
    current = undefined
    if (old !== undefined) closing = Promise.all([closing, old.watch.close()]).then(() => undefined)
    return closing
  }

  function failed(error: unknown): void {
    const limit = ['ENOSPC', 'EMFILE'].includes(systemCodeOf(error) ?? '')
    if (!limit) {
      log.warn({ err: error }, `intake: the file system gives no hints for a part of ${directory}: ${messageOf(error)}`)
      return
    }
    // A watcher that is given up complains once for each folder.
    if (performance.now() >= againAt) log.warn({ err: error }, `intake: ${directory} gives no hints: ${LIMIT}`)
    againAt = performance.now() + AGAIN_MS
    trouble({ code: 'inotify_limit', message: `The file system gives no hints, so new files are found by looking every ${formatDuration(rescan)}: ${LIMIT}.`, blocking: false })
    void stop()
  }

  return {
    async keep(identity) {
      if (current?.identity === identity) return
      await stop()
      if (performance.now() < againAt) return
      const watched = watch(directory, skip, {
        hint() {
          void stop()
          hint()
        },
        failed,
      })
      current = { identity, watch: watched }
      await watched.ready
      if (performance.now() >= againAt) trouble(null)
    },
    stop,
  }
}

const LIMIT = 'the limit of inotify is reached (raise fs.inotify.max_user_watches or fs.inotify.max_user_instances)'
