import type { Directive } from '../nginx/syntax/parse.ts'
import { childrenOf, type Tree } from '../nginx/syntax/tree.ts'
import type { Pass } from './find-passes.ts'

/** A request to a listener of the vhost itself, made before and after a change. */
export interface Sample {
  readonly tls: boolean
  readonly address: string
  readonly port: number
  /** Host header and TLS name. */
  readonly host: string
  readonly path: string
}

/** Pure: one request for each server block that passes to the service; none where its listeners cannot be asked from here. */
export function samplesFor(tree: Tree, passes: readonly Pass[]): Sample[] {
  return [...new Set(passes.map(({ server }) => server))].flatMap((server) => {
    const path = samplePath(passes.filter((pass) => pass.server === server))
    const children = childrenOf(tree, server).map(({ directive }) => directive)
    const listens = children.filter(({ name }) => name === 'listen')
    const listen = listens.length === 0 ? { address: '127.0.0.1', port: 80, tls: false } : listens.map((directive) => parseListen(directive)).find((found) => found !== null)
    const name = children.filter(({ name }) => name === 'server_name').flatMap(({ args }) => args).find((arg) => /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(arg))
    return path === null || listen === undefined || listen === null ? [] : [{ ...listen, host: name ?? 'localhost', path }]
  })
}

/** `/` where it is passed on, else the shortest path that is; null for regular expressions only. */
function samplePath(passes: readonly Pass[]): string | null {
  const paths = passes.flatMap(({ location }) => {
    const [first = '', second] = location?.args ?? []
    const path = second === undefined ? first : ['=', '^~'].includes(first) ? second : ''
    return /^\/[\w./~+@:,=-]*$/.test(path) ? [path] : []
  })
  return paths.toSorted((a, b) => a.length - b.length)[0] ?? null
}

function parseListen({ args }: Directive): { address: string; port: number; tls: boolean } | null {
  const [where = '', ...flags] = args
  if (where.startsWith('unix:') || flags.includes('proxy_protocol') || flags.includes('quic')) return null
  const match = /^(?:(\[[^\]]+\]|[^:[\]]+):)?(\d+)$/.exec(where) ?? /^(\[[^\]]+\]|[^:[\]]+)()$/.exec(where)
  if (match === null) return null
  const [, host = '*', port] = match
  const bare = host.replace(/^\[|\]$/g, '')
  const address = ['*', '0.0.0.0'].includes(bare) ? '127.0.0.1' : bare === '::' ? '::1' : bare
  const tls = flags.includes('ssl')
  return { address, port: port === undefined || port === '' ? 80 : Number(port), tls }
}
