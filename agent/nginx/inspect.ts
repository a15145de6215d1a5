import { readFile } from 'node:fs/promises'
import { messageOf, systemCodeOf } from '../../shared/errors/problem.ts'
import type { AgentConfig } from '../config.ts'
import { otherColour, type Colour } from '../switching/route.ts'
import { remainingRoutes } from './generated/remains.ts'
import { includeHint, notIncluded } from './include-hint.ts'
import { readDisk } from './loaded/disk.ts'
import { currentGeneration } from './markers/generations.ts'
import { routeOnDisk } from './markers/on-disk.ts'
import { instantServices, besideFileOf } from './names.ts'
import { findMaster } from './process/master.ts'
import { nginxVersion, type RunNginx } from './process/run-nginx.ts'
import { lingeringWorkers, serving, workersOf } from './process/workers.ts'
import { nonceOf } from './reload/nonce-of.ts'
import { readOwnFiles, type OwnFiles } from './reload/own-files.ts'
import { renderFiles, renderRouteTests } from './render/render.ts'
import { hindrancesOf } from './scopes.ts'
import { readTree } from './syntax/read-tree.ts'
import { ConfigSyntaxError } from './syntax/syntax-error.ts'
import { parseTree, type Tree } from './syntax/tree.ts'
import type { HostPlan, Inspection, ServicePlan } from './traffic.ts'
import { askNonce, askRoutes } from './verify-client.ts'
import { wiringOf } from './wiring.ts'

/** Looks at processes, configuration, generated files and what is served. Changes nothing. */
export async function inspectNginx(config: AgentConfig, run: RunNginx, plan: HostPlan): Promise<Inspection> {
  const { nginx } = config
  const wanted = renderFiles(config, plan, 'any')
  const [master, own, version, configuration, servedNonce] = await Promise.all([
    findMaster(nginx.pid_file),
    readOwnFiles(config, wanted.keys()),
    nginxVersion(run),
    readConfiguration(config, run, wanted.keys()),
    askNonce(nginx.verify_listen),
  ])
  const [workers, lingering] = master === null ? [[], []] : await Promise.all([workersOf(master), lingeringWorkers(master)])
  const diskNonce = nonceOf(own.texts)
  return {
    running: master !== null,
    pid: master?.pid ?? null,
    version,
    workers: serving(workers).length,
    lingering,
    ...configuration,
    files: stateOf(config, plan, own),
    edited: own.edited.map(({ file, diff }) => ({ file, diff })),
    loaded: diskNonce !== null && servedNonce === diskNonce,
    routed: Object.fromEntries(instantServices(config).map((name) => [name, routeOnDisk(nginx.routes_dir, name) !== null])),
    serving: await servedColours(config),
    remains: remainingRoutes(config, own.texts),
  }
}

function stateOf(config: AgentConfig, plan: HostPlan, { texts, edited }: OwnFiles): Inspection['files'] {
  if (edited.length > 0) return 'edited'
  if (texts.size === 0) return 'absent'
  const wanted = renderFiles(config, plan, nonceOf(texts) ?? 'none')
  // A fallback colour that is behind needs no reload: `refresh` brings it up to date.
  const alike = new Map(plan.filter(({ name }) => config.services[name]?.strategy === 'instant').map((one) => [besideFileOf(one.name), withOtherFallback(config, one)]))
  const current = wanted.size === texts.size && [...wanted].every(([name, text]) => [text, alike.get(name)].includes(texts.get(name)))
  return current ? 'current' : 'outdated'
}

function withOtherFallback(config: AgentConfig, plan: ServicePlan): string {
  return renderRouteTests(config, { ...plan, route: { ...plan.route, live: otherColour(plan.route.live) } })
}

/** What most clients without a pin get: the first and the last slot tell, where they agree. */
async function servedColours(config: AgentConfig): Promise<Record<string, Colour | null>> {
  const { verify_listen: address, routes_dir: routesDir } = config.nginx
  const answers = instantServices(config).map(async (service) => {
    const generation = currentGeneration(routesDir, service) ?? 'gen-0'
    const [first, last] = (await askRoutes(address, ['00', '99'].map((bucket) => ({ service, bucket, generation })))) ?? []
    return [service, first !== undefined && first.colour === last?.colour ? first.colour : null] as const
  })
  return Object.fromEntries(await Promise.all(answers))
}

/**
 * Whether the configuration on disk includes our files, and uses them. It is read without Nginx, so that it can also be
 * understood while Nginx would reject it because of files that are still to be written.
 */
async function readConfiguration(config: AgentConfig, run: RunNginx, names: Iterable<string>): Promise<Pick<Inspection, 'included' | 'include_hint' | 'wired' | 'hindrances'>> {
  const { nginx } = config
  try {
    const tree = parseTree(await readTree(nginx.config, (path) => readOrMissing(path, nginx.config)))
    const missing = notIncluded(nginx, tree, names)
    return { included: missing.length === 0, include_hint: missing.length === 0 ? null : includeHint(nginx, tree, missing), ...usesOf(config, tree) }
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError)) return unreadable(messageOf(error))
    // Perhaps Nginx understands what we do not (blocks of Lua).
    const disk = await readDisk(run, nginx.include_dir)
    if (!disk.valid) return unreadable(disk.complaint)
    const missing = [...names].filter((name) => !name.startsWith('server/') && !disk.included.has(name))
    return { included: missing.length === 0, include_hint: missing.length === 0 ? null : includeHint(nginx, null, missing), wired: {}, hindrances: {} }
  }
}

function unreadable(why: string) {
  return { included: false, include_hint: `The configuration of Nginx cannot be read: ${why}. Mend that, then reload Nginx.`, wired: {}, hindrances: {} }
}

function usesOf(config: AgentConfig, tree: Tree) {
  return { wired: wiringOf(config, tree), hindrances: hindrancesOf(config, tree) }
}

/** An include of a file that is not there yet is still an include. */
async function readOrMissing(path: string, main: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (path !== main && systemCodeOf(error) === 'ENOENT') return ''
    throw error
  }
}
