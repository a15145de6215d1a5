import { isIPv4, isIPv6 } from 'node:net'
import { messageOf } from '../errors/problem.ts'
import { parseDuration } from '../units/duration.ts'
import { parseSize } from '../units/size.ts'

/** What a text in a configuration may look like, and how to say it. */
export interface Format {
  /** Completes «expected …»; the reference page shows it too. */
  readonly expected: string
  /** For the reference page. */
  readonly example: string
  /** Undefined when the text is fine; else what to say, where it can be more to the point than `expected`. */
  check(text: string): string | undefined
}

export type Formats = Readonly<Record<string, Format>>

/** A format that is a regular expression over the whole text. */
export function matching(pattern: RegExp, expected: string, example: string): Format {
  return { expected, example, check: (text) => (pattern.test(text) ? undefined : expected) }
}

/** A format whose parser throws an error that says what is wrong. */
function parsedBy(parse: (text: string) => unknown, expected: string, example: string): Format {
  return {
    expected,
    example,
    check: (text) => {
      try {
        parse(text)
        return undefined
      } catch (error) {
        return `${expected} (${messageOf(error)})`
      }
    },
  }
}

const absolutePath: Format = {
  expected: 'an absolute path of letters, digits and . _ @ + , = - (no spaces, no . or .. as a step, no / at the end)',
  example: '/etc/greenroom/page.html',
  check(text) {
    if (!text.startsWith('/')) return 'an absolute path, beginning with / (a relative one would depend on where it is started)'
    if (text.length > 1024) return 'a path of at most 1024 characters'
    if (/^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._@+,=-]+)+$/.test(text)) return undefined
    const simpler = text.replaceAll(/\/+/g, '/').replace(/\/$/, '')
    return simpler !== text && simpler !== '' && this.check(simpler) === undefined ? `${JSON.stringify(simpler)}, without doubled or trailing slashes` : this.expected
  },
}

const listenAddress: Format = {
  expected: 'host:port such as "127.0.0.1:9440", or unix:/path such as "unix:/run/greenroom-agent/api.sock"',
  example: '127.0.0.1:9440',
  check(text) {
    if (!text.startsWith('unix:')) return checkHostPort(text) === undefined ? undefined : this.expected
    const path = text.slice('unix:'.length)
    // sun_path holds 108 bytes with the closing NUL.
    if (path.length > 107) return `a socket path of at most 107 characters (it has ${path.length})`
    return absolutePath.check(path) === undefined ? undefined : this.expected
  },
}

const hostname: Format = {
  expected: 'a host name or an IP address, without port or scheme, such as "app.example.com"',
  example: 'app.example.com',
  check(text) {
    return isHost(text) ? undefined : this.expected
  },
}

const URL_EXPECTED = 'a URL such as "http://127.0.0.1:8080/ready" or "https://example.com/ready"'

/**
 * Formats of configurations. Texts that end up in Nginx files are narrow on purpose: nothing that is accepted can
 * end a directive, open a block, start a comment, a quote or a variable.
 */
export const formats = {
  duration: parsedBy(parseDuration, 'a duration such as "250ms", "2s", "1m30s" or "1h"', '2s'),
  size: parsedBy(parseSize, 'a size such as "64KiB", "500MB" or "1GiB"', '64KiB'),
  'absolute-path': absolutePath,
  'host-port': { expected: 'host:port, such as "127.0.0.1:3001", "[::1]:3001" or "app.internal:3001"', example: '127.0.0.1:3001', check: checkHostPort },
  'listen-address': listenAddress,
  hostname,
  'url-path': matching(
    /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*$/,
    'a path with an optional query, beginning with /, such as "/healthz?deep=1" (special characters %-encoded)',
    '/healthz',
  ),
  'http-url': { expected: URL_EXPECTED, example: 'http://127.0.0.1:8080/ready', check: checkUrl },
  'header-name': matching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'the name of an HTTP header, such as "X-Version"', 'X-Version'),
  regex: parsedBy((text) => new RegExp(text), 'a regular expression in the syntax of JavaScript', '"status": *"ok"'),
} satisfies Formats

const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/

function isHost(text: string): boolean {
  if (text.startsWith('[')) return text.endsWith(']') && isIPv6(text.slice(1, -1)) && !text.includes('%')
  if (isIPv4(text)) return true
  const labels = text.split('.')
  // A last label of digits only would be read as an IPv4 address by some resolvers.
  return text.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '')
}

function checkHostPort(text: string): string | undefined {
  const example = 'such as "127.0.0.1:3001", "[::1]:3001" or "app.internal:3001"'
  if (isIPv6(text)) return `host:port with the IPv6 address in brackets, as in "[${text}]:3001"`
  if (/^[a-z]+:\/\//.test(text)) return `host:port without scheme, ${example}`
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, colon === -1 ? undefined : colon)
  // Nginx reads "unix:3001" as the path of a socket.
  if (/^unix$/i.test(host)) return 'host:port; a unix socket, or a host called "unix", cannot be named here'
  if (!isHost(host)) return `host:port with a host name or an IP address, ${example}`
  if (colon === -1) return `host:port; the port is missing, as in ${JSON.stringify(`${text}:3001`)}`
  const port = text.slice(colon + 1)
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535) return `host:port with a port from 1 to 65535, ${example}`
  return undefined
}

const PLACEHOLDER = /\{(?:service|from|to|kind)\}/g

function checkUrl(text: string): string | undefined {
  const filled = text.replaceAll(PLACEHOLDER, 'x')
  const unknown = /\{[^}]*\}?/.exec(filled)?.[0]
  if (unknown !== undefined) return `a URL whose placeholders are {service}, {from}, {to} or {kind}, not ${unknown}`
  if (!/^https?:\/\/[!-~]+$/.test(filled) || /["<>\\^`|]/.test(filled) || !URL.canParse(filled)) return URL_EXPECTED
  const url = new URL(filled)
  if (url.username !== '' || url.password !== '') return 'a URL without user name and password (they would be logged)'
  if (url.hash !== '') return 'a URL without a #fragment (it is never sent)'
  return undefined
}
