import type { TextEdit } from '../nginx/syntax/edit.ts'
import type { Directive } from '../nginx/syntax/parse.ts'
import { quoteWord } from '../nginx/syntax/quote.ts'
import { childrenOf, type Tree, type Visit } from '../nginx/syntax/tree.ts'
import { indentOf, type Pass } from './find-passes.ts'
import { inherited, mentions } from '../nginx/syntax/levels.ts'
import { dependents } from './dependents.ts'
import { hostOf, proxyHost } from './proxy-target.ts'
import type { Refusal } from './refusal.ts'

export interface PassEdits {
  readonly edits: readonly TextEdit[]
  /** Directives that the location gets, and that blocks within it would inherit. */
  readonly added: readonly string[]
  readonly notes: readonly string[]
  readonly refusals: readonly Refusal[]
}

/** `limit_except`: for the methods it is about, a location's rewrite is not run. */
const REWRITING = new Set(['rewrite', 'if', 'break', 'set', 'return', 'limit_except'])

/**
 * Pure: what makes one `proxy_pass` go through `$variable` and otherwise do what it did. A proxy_pass with a variable
 * differs from a literal one in four things, and each is put back: the Host it sends where the vhost sets none, the
 * `proxy_redirect` it has by default, the TLS name it asks for, and the part of the path that a URI replaces.
 */
export function rewritePass(tree: Tree, pass: Pass, variable: string): PassEdits {
  const { directive, location, levels, file, target } = pass
  const notes: string[] = []
  const refusals: Refusal[] = []
  const edits: TextEdit[] = []
  const place = `${file}:${directive.line}`
  const word = directive.words[1]!
  const prefix = `${target.scheme}://`
  const literal = !target.uri.includes('$')
  const before: string[] = []
  const after: string[] = []

  if (location === null) {
    const by_hand = `move the condition into a map, or write "proxy_pass ${prefix}$${variable}${target.uri};" there yourself and check what Host it sends`
    return { edits, added: [], notes, refusals: [{ place, why: `a proxy_pass inside "${levels.at(-1)?.name}" is not rewritten: what it inherits cannot be put back there`, by_hand }] }
  }

  let uri = target.uri
  if (literal && uri !== '') {
    const obstacle = uriObstacle(tree, pass)
    if (obstacle !== null) {
      refusals.push({
        place: obstacle.place,
        why: `with a variable, the URI of "proxy_pass ${word.value}" would replace the whole path instead of the location's prefix, and it cannot be turned into a rewrite: ${obstacle.why}`,
        by_hand: 'pass the path on unchanged (proxy_pass without a URI), or adopt with --strategy reload, which leaves proxy_pass as it is',
      })
    } else {
      before.push(rewriteLine(location, uri))
      notes.push(`${place}: with a variable the URI "${uri}" would replace the whole path, so it became a rewrite with the same result.`)
      uri = ''
    }
  }
  const value = `${prefix}$${variable}${uri}`
  edits.push({ start: word.start, end: word.end, text: word.raw.startsWith("'") ? `'${value}'` : quoteWord(value) })

  const headers = inherited(tree, levels, 'proxy_set_header')
  if (!headers.directives.some(({ args }) => args[0]?.toLowerCase() === 'host')) {
    if (headers.level !== null && headers.level !== location) after.push(...headers.directives.map((header) => textOf(header)))
    after.push(`proxy_set_header Host ${quoteWord(proxyHost(target))};`)
    notes.push(`${place}: the vhost sets no Host header; the one sent so far ("${proxyHost(target)}") is now written out, or the application would see the generated upstream's name.`)
  }
  if (literal) redirects()
  if (target.scheme === 'https' && inherited(tree, levels, 'proxy_ssl_name').level === null) after.push(`proxy_ssl_name ${quoteWord(hostOf(target))};`)

  const cached = inherited(tree, levels, 'proxy_cache')
  if (cached.directives.some(({ args }) => args[0] !== 'off') && inherited(tree, levels, 'proxy_cache_key').level === null)
    notes.push(`${place}: the default proxy_cache_key holds the upstream's name, so the cache starts empty and each colour has its own; set proxy_cache_key to share it.`)
  const named = mentions(tree, levels, dependents(tree, ['proxy_host', 'proxy_port']))
  if (named !== undefined)
    refusals.push({ place: `${named.file}:${named.directive.line}`, why: '$proxy_host and $proxy_port would name the generated upstream', by_hand: `write "${proxyHost(target)}" instead of the variable` })

  const between = indentOf(directive)
  if (before.length > 0) edits.push({ start: directive.start, end: directive.start, text: before.map((line) => line + between).join('') })
  if (after.length > 0) edits.push({ start: directive.end, end: directive.end, text: after.map((line) => between + line).join('') })
  return { edits, added: [...new Set(after.map((line) => line.slice(0, line.indexOf(' '))))], notes, refusals }

  /** `proxy_redirect default` holds where nothing else is said, and is not allowed with variables. */
  function redirects(): void {
    const explicit = target.uri === '' ? [`${prefix}${target.authority}/`, '/'] : [word.value, locationName(location!)]
    const line = `proxy_redirect ${explicit.map((part) => quoteWord(part)).join(' ')};`
    const { directives, level } = inherited(tree, levels, 'proxy_redirect')
    if (level === null) after.push(line)
    const stated = level === location ? directives.find(({ args }) => args[0] === 'default') : undefined
    if (stated === undefined) return
    if (location!.block!.includes(stated)) edits.push({ start: stated.start, end: stated.end, text: line })
    else refusals.push({ place, why: 'an included file says "proxy_redirect default", which Nginx does not allow with variables', by_hand: `write "${line}" in the location instead` })
  }
}

/** Why the URI of a literal proxy_pass cannot become a rewrite; null where it can. */
function uriObstacle(tree: Tree, { target, location, levels, file, directive }: Pass): { place: string; why: string } | null {
  const at = (visit: Visit) => `${visit.file === '' ? file : visit.file}:${visit.directive.line}`
  if (!/^[\w/.~+@:,=-]*$/.test(target.uri)) return { place: `${file}:${directive.line}`, why: 'the URI holds other than plain characters' }
  const own = childrenOf(tree, location!).find(({ directive }) => REWRITING.has(directive.name))
  if (own !== undefined) return { place: at(own), why: `the location has "${own.directive.name}" of its own` }
  const uses = mentions(tree, levels, dependents(tree, ['uri', 'document_uri', 'request_filename']))
  if (uses !== undefined) return { place: at(uses), why: `"${uses.directive.name}" depends on the unchanged path` }
  const pages = inherited(tree, levels, 'error_page')
  const named = pages.directives.find(({ args }) => args.at(-1)?.startsWith('@'))
  if (named !== undefined) return { place: `${tree.blocks.get(pages.level!)}:${named.line}`, why: 'error_page leads to a named location, which would see the changed path' }
  const tried = childrenOf(tree, location!).find(({ directive }) => ['try_files', 'proxy_store', 'alias'].includes(directive.name))
  return tried === undefined ? null : { place: at(tried), why: `"${tried.directive.name}" depends on the unchanged path` }
}

/** Matches what Nginx replaces for a literal URI: the location's prefix of the decoded path. */
function rewriteLine(location: Directive, uri: string): string {
  if (location.args[0] === '=') return `rewrite ^ ${uri} break;`
  // (?s): a decoded %0A must not end the match.
  const pattern = `(?s)^${locationName(location).replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)}(.*)$`
  return `rewrite ${quoteWord(pattern)} ${quoteWord(`${uri}$1`)} break;`
}

function locationName(location: Directive): string {
  return location.args.at(-1) ?? '/'
}

function textOf(directive: Directive): string {
  return `${directive.words.map((word) => word.raw).join(' ')};`
}
