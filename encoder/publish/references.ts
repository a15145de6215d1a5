import { posix } from 'node:path'

/** Keys that a playlist names, relative to its own key; none for what is no playlist. Absolute URLs lead elsewhere and are left out. */
export function references(key: string, content: string): string[] {
  const uris = key.endsWith('.m3u8') ? hlsUris(content) : key.endsWith('.mpd') ? dashUris(content) : []
  const keys = uris.filter((uri) => !/^[a-z][a-z0-9+.-]*:|^\/|\$/i.test(uri)).map((uri) => posix.join(posix.dirname(key), decodeURIComponent(uri.split(/[?#]/)[0] ?? '')))
  return [...new Set(keys)]
}

function hlsUris(content: string): string[] {
  return content.split(/\r?\n/).flatMap((line) => {
    if (!line.startsWith('#')) return line.trim() === '' ? [] : [line.trim()]
    return line.startsWith('#EXT') ? [...line.matchAll(/[:,]URI="([^"]*)"/g)].map(([, uri = '']) => uri) : []
  })
}

/** By tags in their order: a BaseURL holds for what stands in its element. */
function dashUris(content: string): string[] {
  const found: string[] = []
  const bases: string[] = ['']
  for (const [, tag = '', text = ''] of content.replaceAll(/<!--[\s\S]*?-->/g, '').matchAll(/<([^>]+)>([^<]*)/g)) {
    const name = /^\/?[\w:]+/.exec(tag)?.[0] ?? ''
    const base = bases.at(-1) ?? ''
    if (name === 'BaseURL') bases[bases.length - 1] = base + unescaped(text.trim())
    // A file as a whole, where a representation is no list of segments.
    if (name === 'BaseURL' && !text.trim().endsWith('/')) found.push(base + unescaped(text.trim()))
    for (const [, uri = ''] of tag.matchAll(/\s(?:media|sourceURL|initialization|index)="([^"]*)"/g)) found.push(base + unescaped(uri))
    if (/^[\w:]/.test(name) && !tag.endsWith('/') && name !== 'BaseURL') bases.push(base)
    else if (name.startsWith('/') && name !== '/BaseURL') bases.pop()
  }
  return found
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&')
}
