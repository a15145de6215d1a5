import { componentsOf, keyOf, type PathBytes } from './path-bytes.ts'

export interface OwnFolders {
  readonly ingest: string
  readonly done?: string
  readonly failed?: string
  readonly work: string
}

/** Which folders below the ingest folder hold no sources to take: `done`, `failed` and the work area, wherever they are configured. */
export function skipOwnFolders({ ingest, done, failed, work }: OwnFolders): (below: PathBytes) => boolean {
  const within = [done, failed, work].filter((path) => path?.startsWith(`${ingest}/`)).map((path) => keyOf(Buffer.from(path?.slice(ingest.length + 1) ?? '')))
  // By these names also where they are configured elsewhere now: what lies there was done once.
  const skipped = new Set(['done', 'failed', ...within])
  return (below) => {
    const names = componentsOf(below).map(keyOf)
    return names.some((_, index) => skipped.has(names.slice(0, index + 1).join('/')))
  }
}
