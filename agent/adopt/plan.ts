import { basename, join } from 'node:path'
import type { AgentConfig } from '../config.ts'
import { variablesOf } from '../nginx/names.ts'
import { childrenOf, walk, type Tree, type Visit } from '../nginx/syntax/tree.ts'
import { chooseTarget } from './choose-target.ts'
import { Edits } from './edits.ts'
import { findPasses, type Pass } from './find-passes.ts'
import { includeEdit } from './include-edit.ts'
import { inheritors } from './inheritors.ts'
import { leftBehind } from './left-behind.ts'
import { otherPool } from './other-pool.ts'
import { AdoptRefused, type Refusal } from './refusal.ts'
import { sameAuthority } from './proxy-target.ts'
import { rewritePass } from './rewrite-pass.ts'
import { serverInclude } from './server-include-edit.ts'
import { serviceNameFor } from './service-name.ts'
import { serviceSection } from './service-section.ts'
import { poolOfAddress, poolOfUpstream } from './upstream-pool.ts'

export interface AdoptOptions {
  readonly service?: string
  /** Which upstream, or `host:port`, where the vhost passes to several. */
  readonly upstream?: string
  readonly green?: readonly string[]
  readonly health?: string
  readonly strategy?: 'instant' | 'reload'
}

export interface AdoptInput {
  readonly tree: Tree
  /** Path of the vhost as Nginx includes it. */
  readonly vhost: string
  readonly config: AgentConfig
  readonly configFile: string
  /** Null where there is no agent.toml yet. */
  readonly configText: string | null
  readonly options: AdoptOptions
  /** Makes the commands of messages, with the options given here. */
  readonly again: (command: string) => string
  /** Of the Nginx that serves the vhost; null where it cannot be asked. */
  readonly version: string | null
  /** TCP ports of this host that something listens on. */
  readonly listening: ReadonlySet<number>
}

/** One file that an adoption changes; `before` is null for a new one. */
export interface FileChange {
  readonly path: string
  readonly before: string | null
  readonly after: string
}

export interface AdoptPlan {
  readonly service: string
  readonly vhost: string
  readonly strategy: 'instant' | 'reload'
  readonly context: 'http' | 'stream'
  /** What the vhost sends its requests to now. */
  readonly servers: readonly string[]
  /** Nginx's files, by the path Nginx includes them by. None: the vhost is adopted already. */
  readonly nginx: readonly FileChange[]
  /** agent.toml; null where it stays as it is. */
  readonly config: FileChange | null
  readonly notes: readonly string[]
  /** The blocks whose clients see the change, for the proof by a request. */
  readonly passes: readonly Pass[]
}

/** Pure: what brings the vhost under Greenroom. Throws AdoptRefused with every reason why it cannot be done safely. */
export function planAdoption(input: AdoptInput): AdoptPlan {
  const { tree, vhost, config, configFile, configText, options } = input
  if (!tree.files.has(vhost))
    throw new AdoptRefused([{ place: vhost, why: `nothing in ${tree.main} includes it`, by_hand: 'link it into the directory that Nginx includes (sites-enabled or conf.d), then adopt it by that path' }])

  const found = findPasses(tree)
  const { target, passes, already } = chooseTarget(input, found)
  if (already !== null) return { service: already, vhost, strategy: 'instant', context: 'http', servers: [], nginx: [], config: null, notes: [`${vhost} is under Greenroom already, as service ${already}.`], passes: [] }

  const [first] = passes
  const context = first!.context
  const strategy = options.strategy ?? (context === 'stream' ? 'reload' : 'instant')
  const upstream = upstreamNamed(tree, context, target.authority)
  const service = serviceNameFor(options.service, upstream === undefined ? basename(vhost) : target.authority, basename(vhost))
  const pool = upstream === undefined ? poolOfAddress(target) : poolOfUpstream(tree, upstream, target.scheme, input.version)
  const notes = [...pool.notes]
  const refusals: Refusal[] = [...pool.refusals]
  const edits = new Edits(tree)

  if (context === 'stream' && strategy === 'instant')
    refusals.push({ place: '--strategy', why: 'a stream has no requests, so it can only be switched by a reload', by_hand: 'leave --strategy out' })
  else if (strategy === 'instant') planInstant()
  else planReload()

  // The server that proves every change lives in http.conf, whatever the service is.
  for (const name of context === 'http' ? (['http'] as const) : (['http', 'stream'] as const)) {
    const wanted = join(config.nginx.include_dir, `${name}.conf`)
    const include = includeEdit(tree, name, wanted)
    if (include.kind === 'edit') edits.add(include.file, include.edit)
    else if (include.kind === 'new file') edits.create(include.path, include.text)
    else if (include.kind === 'no block') refusals.push({ place: tree.main, why: `it has no ${name} block, where the generated ${name}.conf belongs`, by_hand: `add "${name} { }" to it` })
  }

  const section = planSection()
  if (refusals.length > 0) throw new AdoptRefused(refusals)
  return { service, vhost, strategy, context, servers: pool.servers, nginx: edits.changes(), config: section, notes: [...new Set(notes)], passes }

  function planInstant(): void {
    const variable = variablesOf(service).upstream
    const rewrites = passes.map((pass) => ({ pass, rewritten: rewritePass(tree, pass, variable) }))
    const own = new Map(rewrites.map(({ pass, rewritten }) => [pass.directive, rewritten.added]))
    for (const { pass, rewritten } of rewrites) {
      edits.add(pass.file, ...rewritten.edits)
      notes.push(...rewritten.notes)
      refusals.push(...rewritten.refusals, ...inheritors(tree, pass, rewritten.added, own))
    }
    const byName = passes.find(({ target }) => upstream === undefined && target.uri.includes('$') && /[a-z]/i.test(target.authority.replace(/^\[.*\]/, '')))
    if (byName !== undefined)
      notes.push(`${byName.file}:${byName.directive.line}: with variables in it this proxy_pass asks the resolver for ${target.authority} as long as it runs; a pool asks when Nginx loads it. Where its addresses change, reload Nginx after that.`)
    for (const server of new Set(passes.map((pass) => pass.server))) {
      const include = serverInclude(config, tree, server, vhost, service)
      if ('refusal' in include) refusals.push(include.refusal)
      else if (include.edit !== null) edits.add(vhost, include.edit)
    }
    const cached = childrenOf(tree, passes[0]!.levels[0]!).find(({ directive }) => directive.name === 'open_file_cache' && directive.args[0] !== 'off')
    if (cached !== undefined)
      notes.push(`${tree.main}: open_file_cache is on for all of http; in this server block it is off from now on (it would delay a switch). Say it again in locations that serve many files.`)
    const left = leftBehind(tree, passes, { authority: target.authority, context, vhost, service })
    notes.push(...left.notes)
    if (upstream !== undefined && !left.certain) notes.push(`${upstream.file}:${upstream.directive.line}: "upstream ${target.authority}" stays, but this vhost no longer uses it.`)
  }

  function planReload(): void {
    if (upstream === undefined) {
      const place = `${vhost}:${first!.directive.line}`
      refusals.push({ place, why: 'strategy reload rewrites an upstream block, and this proxy_pass names a server', by_hand: `put the server into an "upstream ${service} { … }" and pass to that name, then adopt again` })
      return
    }
    const { file, directive } = upstream
    // What stands behind it on its line must not become part of the comment.
    const rest = /^[^\S\n]*(.?)/.exec(tree.files.get(file)!.text.slice(directive.end))?.[1] ?? ''
    const comment = `# "upstream ${target.authority}" is generated by greenroom-agent: ${config.nginx.include_dir}/${context}.conf`
    edits.add(file, { start: directive.start, end: directive.end, text: rest === '' || rest === '#' ? comment : `${comment}\n` })
    const others = new Set(found.passes.filter((pass) => pass.context === context && sameAuthority(pass.target.authority, target.authority) && pass.file !== vhost).map((pass) => pass.file))
    for (const other of others) notes.push(`${other} uses "upstream ${target.authority}" too and will switch with it.`)
  }

  function planSection(): FileChange | null {
    const existing = config.services[service]
    if (existing !== undefined) {
      if (existing.strategy === strategy && (same(existing.pools.blue.servers, pool.servers) || same(existing.pools.green.servers, pool.servers))) {
        notes.push(`${configFile} has service ${service} with these servers already; it stays as it is.`)
        return null
      }
      refusals.push({ place: configFile, why: `service ${service} is there already, with other servers (${existing.pools.blue.servers.join(', ')})`, by_hand: 'choose another name: --service NAME' })
      return null
    }
    const other = otherPool(options.green, pool.servers, input, tree)
    if ('why' in other) {
      refusals.push(other)
      return null
    }
    if (other.assumed) notes.push(`Green is assumed to be ${other.servers.join(', ')}, where nothing listens yet. Say it with --green, or correct ${configFile} before the first switch; the health gate refuses a switch until green answers.`)
    const health = context === 'stream' ? null : { path: options.health ?? '/', scheme: target.scheme ?? 'http' }
    const name = upstream === undefined || strategy === 'instant' || sameAuthority(target.authority, service) ? null : target.authority
    const text = serviceSection({ name: service, vhost, strategy, context, upstream: name, keepalive: pool.keepalive, blue: pool.servers, green: other.servers, greenAssumed: other.assumed, health })
    return { path: configFile, before: configText, after: (configText ?? '# Configuration of greenroom-agent; everything left out has its default.\n') + text }
  }
}

export function upstreamNamed(tree: Tree, context: string, name: string): Visit | undefined {
  return [...walk(tree)].find(({ directive, parents }) => directive.name === 'upstream' && sameAuthority(directive.args[0] ?? '', name) && parents[0]?.name === context)
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((server) => b.includes(server))
}
