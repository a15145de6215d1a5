/** The argument of a `proxy_pass`, cut into its parts. */
export interface ProxyTarget {
  /** Null in a `stream` block, where there is none. */
  readonly scheme: 'http' | 'https' | null
  /** Upstream name or `host[:port]`, as written. */
  readonly authority: string
  /** What follows the authority; '' where there is nothing. */
  readonly uri: string
}

/** Null for what names no fixed authority: a variable, a unix socket. */
export function parseProxyTarget(argument: string, context: 'http' | 'stream'): ProxyTarget | null {
  const match = /^(?:(https?):\/\/)?([^/?$\s]+)(.*)$/isu.exec(argument)
  const [, written, authority, uri] = match ?? []
  const scheme = written?.toLowerCase()
  if (authority === undefined || uri === undefined || authority.startsWith('unix:')) return null
  if (context === 'stream') return scheme === undefined && uri === '' ? { scheme: null, authority, uri } : null
  // `http://app$suffix`: the variable is part of the name.
  if (scheme === undefined || (uri.startsWith('$') && !/^\$(\{?request_uri|\{?uri)\b/.test(uri))) return null
  return { scheme: scheme as 'http' | 'https', authority, uri }
}

/** Whether both mean the same upstream or server: Nginx compares names of upstreams and hosts without regard to case. */
export function sameAuthority(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

const PORTS = { http: '80', https: '443' } as const

/** `host:port`, the default port of the scheme filled in. */
export function withPort(authority: string, scheme: 'http' | 'https'): string {
  return /:\d+$/.test(authority) ? authority : `${authority}:${PORTS[scheme]}`
}

/** What Nginx sends as Host where the vhost sets none (`$proxy_host`): the default port of the scheme left out. */
export function proxyHost({ scheme, authority }: ProxyTarget): string {
  return scheme === null ? authority : authority.replace(new RegExp(`:${PORTS[scheme]}$`), '')
}

/** The host alone, as Nginx gives it to TLS. */
export function hostOf({ authority }: ProxyTarget): string {
  return authority.replace(/:\d+$/, '')
}
