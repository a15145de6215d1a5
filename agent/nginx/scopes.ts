import { join } from 'node:path'
import { formatDuration } from '../../shared/units/duration.ts'
import type { AgentConfig } from '../config.ts'
import { besideFileOf, instantServices, serverFileOf } from './names.ts'
import { globMatcher, isPattern } from './syntax/glob.ts'
import { inherited } from './syntax/levels.ts'
import type { Directive } from './syntax/parse.ts'
import { childrenOf, includeTarget, walk, type Tree } from './syntax/tree.ts'

/** Something in a server block that delays a service's switches there, or keeps them from having any effect. */
export interface ScopeFault {
  readonly service: string
  readonly directive: 'open_file_cache' | 'disable_symlinks'
  /** Sentence without its full stop, beginning with file and line. */
  readonly what: string
  readonly mend: string
  /** False: it does no harm as the configuration is now. */
  readonly harmful: boolean
}

/** The generated files that a server block includes, by service. */
export interface BlockIncludes {
  readonly whole: readonly string[]
  readonly beside: readonly string[]
}

/**
 * Pure: where the scope of a service's marker tests is not what its proof takes it for. The generated verify server
 * tests in a scope of its own, so that this is seen in the user's server blocks only.
 */
export function scopeFaults(config: AgentConfig, tree: Tree): ScopeFault[] {
  return [...walk(tree)].flatMap(({ directive: server, file, parents }) => {
    if (server.name !== 'server' || server.block === null || parents[0]?.name !== 'http') return []
    const included = generatedIn(config, tree, server)
    const levels = [...parents, server]
    const place = `${file}:${server.line}`
    return cacheFaults(config, tree, included, levels, place).concat(symlinkFaults(tree, included, levels, place))
  })
}

/** What a server block includes of the generated files, itself or by a file of the user's. */
export function generatedIn({ nginx, services }: AgentConfig, tree: Tree, server: Directive): BlockIncludes {
  const targets = childrenOf(tree, server).flatMap(({ directive, file }) =>
    directive.name === 'include' && !file.startsWith(`${nginx.include_dir}/`) ? [includeTarget(tree.prefix, directive.args[0] ?? '')] : [],
  )
  const brings = (name: string) => {
    const path = join(nginx.include_dir, name)
    return targets.some((target) => (isPattern(target) ? globMatcher(target)(path) : target === path))
  }
  const names = Object.keys(services)
  return { whole: names.filter((name) => brings(serverFileOf(name))), beside: names.filter((name) => brings(besideFileOf(name))) }
}

function cacheFaults(config: AgentConfig, tree: Tree, { whole, beside }: BlockIncludes, levels: readonly Directive[], place: string): ScopeFault[] {
  const { include_dir: includeDir } = config.nginx
  const path = (name: string) => join(includeDir, name)
  const fault = (service: string, what: string, mend: string, harmful = true): ScopeFault => ({ service, directive: 'open_file_cache', what: `${place}: ${what}`, mend, harmful })
  const [first, ...further] = whole
  if (first === undefined) {
    const cache = inherited(tree, levels, 'open_file_cache').directives[0]
    if (cache?.args[0] === 'off') return []
    return beside.map((service) =>
      fault(
        service,
        `the server block includes ${besideFileOf(service)} without another service's file, so ${cache === undefined ? 'nothing there keeps open_file_cache off' : `open_file_cache is on for its tests and delays each switch of ${service}`}`,
        `include ${path(serverFileOf(service))} instead, and reload Nginx`,
        cache !== undefined,
      ),
    )
  }
  const server = levels.at(-1)!
  const own = childrenOf(tree, server).find(({ directive, file }) => directive.name === 'open_file_cache' && !file.startsWith(`${includeDir}/`))
  const cacheMs = config.services[first]?.route_cache ?? 0
  return [
    ...(own === undefined
      ? []
      : [fault(first, `open_file_cache stands in the server block of ${first} (line ${own.directive.line}), where the generated include sets it: Nginx refuses the second`, 'move it into the locations that serve files')]),
    ...further.map((service) => fault(service, `the server block includes the files of both ${first} and ${service}, and Nginx refuses the second`, `include ${path(besideFileOf(service))} instead of ${path(serverFileOf(service))}`)),
    ...beside
      .filter((service) => service !== first && cacheMs > (config.services[service]?.route_cache ?? 0))
      .map((service) =>
        fault(
          service,
          `${service} shares the scope of ${first}, whose route_cache of ${formatDuration(cacheMs)} delays each switch of ${service}, too`,
          `give ${service} the same route_cache, or let the block include ${path(serverFileOf(service))} and ${path(besideFileOf(first))}`,
        ),
      ),
  ]
}

/** `if_not_owner` does no harm: link and generation have one owner. */
function symlinkFaults(tree: Tree, { whole, beside }: BlockIncludes, levels: readonly Directive[], place: string): ScopeFault[] {
  const { directives } = inherited(tree, levels, 'disable_symlinks')
  if (directives[0]?.args[0] !== 'on') return []
  return [...new Set([...whole, ...beside])].map((service) => ({
    service,
    directive: 'disable_symlinks',
    what: `${place}: disable_symlinks is on for the tests of ${service}, whose route is a symbolic link: no switch has any effect there`,
    mend: 'write "disable_symlinks if_not_owner;" into the server block, and "disable_symlinks on;" into those of its locations that serve files',
    harmful: true,
  }))
}

/** Per service of strategy `instant`: what hinders its switches, with what to do about it. */
export function hindrancesOf(config: AgentConfig, tree: Tree): Record<string, readonly string[]> {
  const faults = scopeFaults(config, tree).filter(({ harmful }) => harmful)
  return Object.fromEntries(
    instantServices(config).map((name) => [name, faults.filter(({ service }) => service === name).map(({ what, mend }) => `${what}. Mend: ${mend}.`)]),
  )
}
