import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The objects of one asset, read by path below its folder; each is read once. */
export interface AssetObjects {
  read(path: string): Promise<Buffer>
  text(path: string): Promise<string>
  has(path: string): Promise<boolean>
  /** Paths read so far, with what the server said of them. */
  readonly seen: ReadonlyMap<string, { readonly bytes: number; readonly headers: Headers | null }>
}

/** `base`: the asset's folder, or its URL. */
export function assetObjects(base: string): AssetObjects {
  const bodies = new Map<string, Promise<{ readonly body: Buffer; readonly headers: Headers | null }>>()
  const seen = new Map<string, { bytes: number; headers: Headers | null }>()
  const load = (path: string) => {
    const found = bodies.get(path)
    if (found !== undefined) return found
    const loading = loadObject(base, path).then((object) => {
      seen.set(path, { bytes: object.body.length, headers: object.headers })
      return object
    })
    bodies.set(path, loading)
    return loading
  }
  return {
    seen,
    read: async (path) => (await load(path)).body,
    text: async (path) => new TextDecoder('utf-8', { fatal: true }).decode((await load(path)).body),
    has: (path) => load(path).then(() => true, () => false),
  }
}

async function loadObject(base: string, path: string): Promise<{ body: Buffer; headers: Headers | null }> {
  if (!/^https?:/.test(base)) return { body: await readFile(join(base, path)), headers: null }
  const url = new URL(path, base.endsWith('/') ? base : `${base}/`)
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url.href} answers ${response.status}`)
  return { body: Buffer.from(await response.arrayBuffer()), headers: response.headers }
}

/** What a relative URL in the object at `from` names. Throws where it leads out of the asset. */
export function resolvePath(from: string, url: string): string {
  const root = 'http://asset.invalid/a/'
  const resolved = new URL(url, `${root}${from}`)
  if (!resolved.href.startsWith(root) || resolved.search !== '') throw new Error(`${from} names ${url}, which is outside the asset`)
  return resolved.pathname.slice('/a/'.length)
}

export function hashInName(path: string): string | null {
  return /-([0-9a-f]{16})\.[a-z0-9]+$/.exec(path)?.[1] ?? null
}

export function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}
