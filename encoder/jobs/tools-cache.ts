import { stat } from 'node:fs/promises'
import type { Tools } from '../tools.ts'

export interface ToolPaths {
  readonly ffmpeg: string
  readonly ffprobe: string
}

/**
 * Looks at the programs when they are asked for, and again only when one of the files has changed: an upgrade under a
 * running daemon is noticed, and a thousand small jobs do not ask ffmpeg for its list of filters a thousand times.
 */
export function cachedTools(paths: ToolPaths, open: (paths: ToolPaths) => Promise<Tools>): () => Promise<Tools> {
  let known: { readonly print: string; readonly tools: Tools } | null = null
  return async () => {
    const print = await printOf(paths)
    if (known !== null && known.print === print) return known.tools
    known = null
    const tools = await open(paths)
    known = { print, tools }
    return tools
  }
}

/** Missing files have a print too: `open` says what is wrong with them. */
async function printOf({ ffmpeg, ffprobe }: ToolPaths): Promise<string> {
  const facts = await Promise.all([ffmpeg, ffprobe].map(async (path) => stat(path).then(({ dev, ino, size, mtimeMs }) => [dev, ino, size, mtimeMs], () => [])))
  return JSON.stringify(facts)
}
