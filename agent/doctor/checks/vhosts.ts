import { join } from 'node:path'
import { inherited } from '../../nginx/syntax/levels.ts'
import { blockNamed, includes } from '../../adopt/include-edit.ts'
import { besideFileOf, instantServices, serverFileOf, variablesOf } from '../../nginx/names.ts'
import { includeHint } from '../../nginx/include-hint.ts'
import type { Directive } from '../../nginx/syntax/parse.ts'
import { scopeFaults } from '../../nginx/scopes.ts'
import { childrenOf, includeTarget, walk, type Tree, type Visit } from '../../nginx/syntax/tree.ts'
import { wiringOf } from '../../nginx/wiring.ts'
import { fail, ok, warn, type Finding } from '../../../shared/doctor/finding.ts'
import type { Check, DoctorHost } from '../host.ts'
import { atLeast } from '../../nginx/version.ts'

/** The generated files are included, and vhosts send their traffic through the services, in a way that works. */
export const checkVhosts: Check = async (host) => {
  const { tree, config } = host
  if (tree === null) return []
  const services = Object.entries(config.services)
  if (services.length === 0) return [warn('services', `${host.configFile} has no service yet`, `bring a vhost under Greenroom: ${host.again('adopt /etc/nginx/sites-enabled/NAME')}`)]
  const wired = wiringOf(config, tree)
  return [
    ...included(host, tree),
    ...services.flatMap(([name]) => (wired[name] === true ? [] : [warn(`vhost of ${name}`, `no vhost sends traffic through ${name}`, `${host.again(`adopt VHOST --service ${name}`)} shows what to write`)])),
    ...instantServices(config).flatMap((name) => instantVhosts(host, tree, name)),
    ...scopeFaults(config, tree).map(({ directive, what, mend, harmful }) => (harmful ? fail : warn)(directive, what, mend)),
  ]
}

function included({ config, configFile }: DoctorHost, tree: Tree): Finding[] {
  const contexts = new Set(Object.values(config.services).map(({ context }) => context))
  // The generated server that proves every change lives in http.conf, whatever the services are.
  const needed = ['http' as const, ...(contexts.has('stream') ? (['stream'] as const) : [])]
  const missing = needed.filter((context) => {
    const block = blockNamed(tree, context)
    return block === undefined || !includes(tree, block, join(config.nginx.include_dir, `${context}.conf`))
  })
  if (missing.length === 0) return [ok('include', `${config.nginx.config} includes the generated files`)]
  return [fail('include', `${missing.map((name) => `${name}.conf`).join(' and ')} of ${config.nginx.include_dir} (see ${configFile}) not included`, includeHint(config.nginx, tree, missing.map((name) => `${name}.conf`)))]
}

function instantVhosts({ config, version }: DoctorHost, tree: Tree, name: string): Finding[] {
  const file = join(config.nginx.include_dir, serverFileOf(name))
  const files = new Set([file, join(config.nginx.include_dir, besideFileOf(name))])
  const pattern = new RegExp(String.raw`\$\{?${variablesOf(name).upstream}(?!\w)`)
  const uses = [...walk(tree)].filter(({ directive, file: at }) => !at.startsWith(`${config.nginx.include_dir}/`) && directive.args.some((arg) => pattern.test(arg)))
  const findings: Finding[] = []
  for (const { parents, file: at, directive } of uses) {
    const server = parents.find((block) => block.name === 'server')
    const levels = parents.slice(parents.indexOf(server ?? parents[0]!))
    const hasInclude = levels.some((level) => childrenOf(tree, level).some((child) => child.directive.name === 'include' && files.has(includeTarget(tree.prefix, child.directive.args[0] ?? ''))))
    if (!hasInclude) findings.push(fail(`vhost of ${name}`, `${at}:${directive.line} uses $${variablesOf(name).upstream}, but its server block does not include ${file}: requests answer 500`, `add "include ${file};" as the first line of the server block at ${at}`))
    findings.push(...interceptedMaintenance(tree, name, parents, `${at}:${directive.line}`))
  }
  const keepalive = config.services[name]?.keepalive ?? 0
  // From 1.29.7 on Nginx speaks HTTP/1.1 with kept connections to upstreams by default.
  if (keepalive > 0 && (version === null || !atLeast(version, '1.29.7'))) findings.push(...keptConnections(tree, name, uses))
  if (findings.length === 0 && uses.length > 0) findings.push(ok(`vhost of ${name}`, uses.map((use) => `${use.file}:${use.directive.line}`).join(', ')))
  return findings
}

/** A 503 page of the user's takes the place of the service's maintenance page where the location intercepts errors. */
function interceptedMaintenance(tree: Tree, name: string, parents: readonly Directive[], place: string): Finding[] {
  const intercepts = inherited(tree, parents, 'proxy_intercept_errors').directives[0]?.args[0] === 'on'
  const page = inherited(tree, parents, 'error_page').directives.find(({ args }) => args.slice(0, -1).includes('503'))
  if (!intercepts || page === undefined) return []
  return [warn(`maintenance of ${name}`, `${place} has proxy_intercept_errors on and an error_page for 503 (line ${page.line}): during maintenance clients get that page, without Retry-After`, `take 503 out of that error_page, or say "proxy_intercept_errors off;" in the location; services.${name}.maintenance.page shows your page with Retry-After`)]
}

function keptConnections(tree: Tree, name: string, uses: readonly Visit[]): Finding[] {
  return uses.flatMap(({ directive, parents, file }) => {
    if (directive.name !== 'proxy_pass') return []
    const version = inherited(tree, parents, 'proxy_http_version').directives[0]?.args[0]
    const connection = inherited(tree, parents, 'proxy_set_header').directives.find(({ args }) => args[0]?.toLowerCase() === 'connection')
    if (version === '1.1' && connection !== undefined && connection.args[1] !== 'close') return []
    return [warn(`keep-alive to ${name}`, `${file}:${directive.line} opens a connection to the application for every request, and ${name} has keepalive set`, `add to that location: proxy_http_version 1.1; proxy_set_header Connection ""; (proxy_set_header lines of outer blocks must then be repeated there)`)]
  })
}
