import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join, normalize } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { httpServer } from './servers.ts'

export type PlayerName = 'hls.js' | 'dash.js' | 'shaka' | 'native'

export interface PlayerState {
  readonly time: number
  readonly duration: number
  readonly ended: boolean
  readonly stalls: number
  readonly errors: readonly string[]
  readonly width: number
  readonly height: number
  readonly buffered: readonly (readonly [number, number])[]
  readonly decoded: number
}

/** One player in one page of a real browser, muted. Every method rejects when the player reports an error. */
export interface PlayerPage {
  /** Loads and plays; a `brief` asset may be over before that can be seen. */
  open(player: PlayerName, url: string, brief?: boolean): Promise<PlayerState>
  rungs(): Promise<readonly number[]>
  force(height: number): Promise<PlayerState>
  seek(time: number): Promise<PlayerState>
  languages(): Promise<readonly string[]>
  speak(language: string): Promise<PlayerState>
  captions(language: string, count: number): Promise<readonly { readonly start: number; readonly end: number; readonly text: string }[]>
  playThrough(rate: number): Promise<PlayerState>
  /** Plays on to the end from where it is. */
  finish(): Promise<PlayerState>
  /** Waits until all media up to this time is buffered, from where it plays. */
  reaches(time: number): Promise<PlayerState>
  state(): Promise<PlayerState>
  /** What the browser said on its console, and requests that failed. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

export interface PlayerServer {
  /** `http://127.0.0.1:port`; assets are under `/store/`. */
  readonly url: string
  readonly page: (browser: Browser) => Promise<PlayerPage>
  /** The next answer to this path, as it is when it is asked for, is sent when it is released: as by an edge that is slow. */
  readonly hold: (path: string) => { readonly asked: Promise<void>; readonly release: () => void }
  [Symbol.asyncDispose](): Promise<void>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html', '.js': 'text/javascript', '.m3u8': 'application/vnd.apple.mpegurl', '.mpd': 'application/dash+xml', '.mp4': 'video/mp4', '.m4s': 'video/mp4', '.vtt': 'text/vtt', '.jpg': 'image/jpeg', '.json': 'application/json',
}

/** Serves a store's folder, the players and the page that drives them, all from one origin. */
export async function playerServer(store: string): Promise<PlayerServer> {
  const packages = createRequire(import.meta.url)
  const inPackage = (name: string, path: string) => join(dirname(packages.resolve(`${name}/package.json`)), path)
  const libraries: Readonly<Record<string, string>> = {
    '/lib/hls.js': inPackage('hls.js', 'dist/hls.min.js'),
    '/lib/dash.js': packages.resolve('dashjs').replace(/dist\/.*$/, 'dist/modern/umd/dash.all.min.js'),
    '/lib/shaka.js': inPackage('shaka-player', 'dist/shaka-player.compiled.js'),
  }
  const pages = fileURLToPath(new URL('player-page', import.meta.url))
  const fileOf = (path: string) => {
    if (path === '/') return join(pages, 'index.html')
    if (path.startsWith('/page/')) return join(pages, normalize(path.slice('/page'.length)))
    if (path.startsWith('/store/')) return join(store, normalize(path.slice('/store'.length)))
    return libraries[path]
  }
  const held = new Map<string, { readonly asked: () => void; readonly released: Promise<void> }>()
  const server = await httpServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    const { asked, released } = held.get(path) ?? {}
    held.delete(path)
    asked?.()
    send(fileOf(path), request.headers.range, response, released).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  const url = `http://${server.address}`
  const hold = (path: string) => {
    const asked = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    held.set(path, { asked: asked.resolve, released: released.promise })
    return { asked: asked.promise, release: released.resolve }
  }
  return { url, hold, page: (browser) => openPage(browser, url), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

async function send(path: string | undefined, range: string | undefined, response: ServerResponse, released?: Promise<void>): Promise<void> {
  const facts = path === undefined ? null : await stat(path).catch(() => null)
  if (path === undefined || facts === null || !facts.isFile()) {
    response.writeHead(404).end()
    return
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
  const start = Number(first ?? 0)
  const end = last === undefined || last === '' ? facts.size - 1 : Number(last)
  response.writeHead(first === undefined ? 200 : 206, {
    'content-type': types[extname(path)] ?? 'application/octet-stream',
    'content-length': end - start + 1,
    'cache-control': 'no-store',
    'accept-ranges': 'bytes',
    ...(first === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${facts.size}` }),
  })
  const content = released === undefined ? createReadStream(path, { start, end }) : Readable.from(await readFile(path))
  await released
  await pipeline(content, response).catch((error: unknown) => {
    // A player that seeks away closes its connection; that is no fault of the server.
    if (!response.destroyed) throw error
  })
}

async function openPage(browser: Browser, url: string): Promise<PlayerPage> {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`page: ${error.message}`))
  page.on('response', (response) => {
    if (response.status() >= 400 && !response.url().endsWith('/favicon.ico')) complaints.push(`${response.status()} ${response.url()}`)
  })
  await page.goto(url)
  const call = <Result>(name: string, ...args: readonly unknown[]) => page.evaluate<Result>(`driver.${name}(${args.map((argument) => JSON.stringify(argument)).join(', ')})`)
  return {
    open: (player, asset, brief = false) => call('open', player, asset, brief),
    rungs: () => call('rungs'),
    force: (height) => call('force', height),
    seek: (time) => call('seek', time),
    languages: () => call('languages'),
    speak: (language) => call('speak', language),
    captions: (language, count) => call('captions', language, count),
    playThrough: (rate) => call('playThrough', rate),
    finish: () => call('finish'),
    reaches: (time) => call('reaches', time),
    state: () => call('state'),
    complaints,
    close: async () => {
      await call('close')
      await page.close()
    },
  }
}
