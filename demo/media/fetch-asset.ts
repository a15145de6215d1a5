/** What a player would have fetched. */
export interface FetchedAsset {
  readonly objects: number
  readonly bytes: number
  readonly rungs: number
}

/** Fetches an asset as a player does that wants all of it: the master, every playlist, every segment. Throws for any answer but 200. */
export async function fetchAsset(base: string): Promise<FetchedAsset> {
  let objects = 0
  let bytes = 0
  const get = async (url: string): Promise<string> => {
    const answer = await fetch(url)
    const body = await answer.arrayBuffer()
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
    objects += 1
    bytes += body.byteLength
    return /\.(m3u8|mpd|json)$/.test(url) ? new TextDecoder().decode(body) : ''
  }
  const master = await get(`${base}/master.m3u8`)
  for (const playlist of namesIn(master)) {
    const url = `${base}/${playlist}`
    for (const name of new Set(namesIn(await get(url)))) await get(new URL(name, url).href)
  }
  await get(`${base}/manifest.mpd`)
  await get(`${base}/asset.json`)
  return { objects, bytes, rungs: master.split('\n').filter((line) => line.startsWith('#EXT-X-STREAM-INF:')).length }
}

/** What a playlist names: its own lines, and the URIs of its tags. */
function namesIn(playlist: string): string[] {
  return playlist.split('\n').flatMap((line) => {
    if (line === '') return []
    if (!line.startsWith('#')) return [line]
    const uri = /URI="([^"]+)"/.exec(line)?.[1]
    return uri === undefined ? [] : [uri]
  })
}
