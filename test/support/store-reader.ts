import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { references } from '../../encoder/publish/references.ts'
import type { AssetDocument } from '../../encoder/publish/asset.ts'

/** Answers what lies under a key as any reader sees it, or null. Throws while the store cannot be read. */
export type Read = (key: string) => Promise<Buffer | null>

export interface StoreReader {
  /** Rounds that were read from end to end. */
  readonly rounds: number
  /** Rounds in which there was something to see. */
  readonly seen: number
  /** What must never be: each as a sentence. */
  readonly faults: readonly string[]
  stop(): Promise<void>
}

/**
 * Reads assets all the time as players do: from each pointer to all that it names. At any moment a pointer is absent, or
 * parses and names only objects that are there and whole (their keys hold a hash of their content). A `ready` version
 * never changes. What cannot be read at all, since the store is down, is no fault.
 */
export function storeReader(assets: readonly string[], read: Read): StoreReader {
  const faults: string[] = []
  const ready = new Map<string, string>()
  let rounds = 0
  let seen = 0
  const stopping = new AbortController()

  /** Objects are looked at once; they never change, and when they go nothing names them. */
  const whole = new Set<string>()
  /** `from`: the pointer that led to it, and what lay between. */
  async function object(key: string, ...from: readonly string[]): Promise<void> {
    const content = await read(key)
    if (content === null) {
      // What names it may be of a moment before: only what is still named now, from the pointer on, must be there.
      if (await stillNamed([...from, key])) faults.push(`${from.at(-1)} names ${key}, which is not there`)
      return
    }
    if (/\.(m3u8|mpd)$/.test(key)) {
      for (const named of references(key, playlist(key, content))) await object(named, ...from, key)
    } else if (!whole.has(key)) {
      const [, hash] = /-([0-9a-f]{16})\.\w+$/.exec(key) ?? []
      if (hash !== createHash('sha256').update(content).digest('hex').slice(0, 16)) faults.push(`${key} is not what its name says`)
      whole.add(key)
    }
  }

  async function stillNamed(path: readonly string[]): Promise<boolean> {
    for (const [index, from] of path.slice(0, -1).entries()) {
      const again = await read(from)
      if (again === null || !references(from, again.toString()).includes(path[index + 1] ?? '')) return false
    }
    return (await read(path.at(-1) ?? '')) === null
  }

  function playlist(key: string, content: Buffer): string {
    const text = content.toString()
    const parses = key.endsWith('.m3u8') ? text.startsWith('#EXTM3U\n') && text.endsWith('\n') : text.includes('<MPD') && text.trimEnd().endsWith('</MPD>')
    if (!parses) faults.push(`${key} does not parse: ${text.slice(0, 80)}`)
    return text
  }

  async function asset(name: string): Promise<void> {
    const text = await read(`${name}/asset.json`)
    if (text !== null) {
      seen += 1
      const document = JSON.parse(text.toString()) as AssetDocument
      for (const { playlist: path } of document.video) await object(`${name}/${path}`, `${name}/master.m3u8`)
      if (document.state === 'ready') {
        const { previous_versions: _, ...fixed } = document
        const before = ready.get(document.version)
        if (before !== undefined && before !== JSON.stringify(fixed)) faults.push(`${name}: version ${document.version} changed after it was ready`)
        ready.set(document.version, JSON.stringify(fixed))
      } else if (ready.has(document.version)) faults.push(`${name}: version ${document.version} was ready and is encoding`)
    }
    for (const pointer of ['master.m3u8', 'manifest.mpd']) {
      const content = await read(`${name}/${pointer}`)
      if (content === null) continue
      for (const key of references(`${name}/${pointer}`, playlist(pointer, content))) await object(key, `${name}/${pointer}`)
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        for (const name of assets) await asset(name)
        rounds += 1
      } catch (error) {
        if (error instanceof SyntaxError) faults.push(`asset.json does not parse: ${error.message}`)
        // Else the store is away.
      }
      // Leaves the processors to those that are watched.
      await delay(20)
    }
  }
  const running = run()

  return {
    get rounds() {
      return rounds
    },
    get seen() {
      return seen
    },
    faults,
    async stop() {
      stopping.abort()
      await running
    },
  }
}
