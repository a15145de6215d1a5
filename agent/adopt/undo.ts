import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { applyPatch, reversePatch, structuredPatch } from 'diff'
import { messageOf, Problem } from '../../shared/errors/problem.ts'
import { storageFix } from '../../shared/files/storage-fix.ts'
import type { AgentConfig } from '../config.ts'
import { errors } from '../errors.ts'
import { notIncluded } from '../nginx/include-hint.ts'
import { besideFileOf, serverFileOf, variablesOf } from '../nginx/names.ts'
import { diffOf } from './show-diff.ts'
import type { ConfigFile } from '../nginx/syntax/dump.ts'
import { parseTree, walk, type Tree } from '../nginx/syntax/tree.ts'
import { changeNginx, put, refuseUnlessReloadable, textOf } from './change-nginx.ts'
import type { AdoptDeps } from './adopt.ts'
import { configOf, treeOf } from './read-input.ts'
import { generatedSwaps, plansOf, rememberGenerated } from './generated.ts'
import { readRecords, saveRecord, type AdoptRecord, type FileSwap } from './record.ts'
import { openOrExplain, refuseUnlessWritable } from './safeguards.ts'
import { samplesFor } from './samples.ts'
import { findPasses } from './find-passes.ts'

export interface UndoPlan {
  readonly record: AdoptRecord
  readonly nginx: readonly FileSwap[]
  readonly config: FileSwap | null
  readonly notes: readonly string[]
}

/**
 * What takes the newest adoption of a vhost back; edits that were made elsewhere in the files since stay.
 * @throws Problem `adopt_refused` where there is none, or its lines were edited since
 */
export async function planUndo(config: AgentConfig, vhost: string): Promise<UndoPlan> {
  const real = await realpath(resolve(vhost)).catch(() => resolve(vhost))
  const { records, foreign } = await readRecords(config.state_dir)
  const record = records.find((candidate) => candidate.vhost === real && (candidate.outcome === 'applied' || candidate.outcome === 'begun'))
  if (record === undefined && foreign.length > 0)
    throw new Problem(
      errors.adoptRefused,
      `${foreign.join(', ')} may say how to take the adoption of ${vhost} back, but not root wrote it: whoever owns the agent could have, to have root write any file. Take the lines back by hand; or, where you find it to be good, make it root's (chown root FILE).`,
      { files: foreign },
    )
  if (record === undefined) throw new Problem(errors.adoptRefused, `${vhost} was not adopted by this command, or that is undone already (records are in ${config.state_dir}/adopt).`)

  const others = Object.keys(config.services).some((name) => name !== record.service)
  const notes: string[] = []
  const nginx: FileSwap[] = []
  for (const swap of record.nginx) {
    // Other services still need the include of the generated files.
    if (others && swap.path !== record.vhost && swap.after?.includes(config.nginx.include_dir) === true) continue
    nginx.push(reversed(swap, await textOf(swap.path)))
  }
  let section: FileSwap | null = null
  if (record.config !== null) {
    try {
      section = reversed(record.config, await textOf(record.config.path))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      notes.push(`[services.${record.service}] in ${record.config.path} was edited since and stays; remove it by hand. It does no harm meanwhile.`)
    }
  }
  return { record, nginx: nginx.filter(({ before, after }) => before !== after), config: section?.before === section?.after ? null : section, notes }
}

/** Takes an adoption back with proof, or leaves it as it is. `force`: also where that moves traffic to the other colour. */
export async function undoAdoption(deps: AdoptDeps, config: AgentConfig, undo: UndoPlan, configFile: string, force: boolean): Promise<string> {
  const { record } = undo
  const reload = deps.reload(config, deps.log)
  await refuseUnlessWritable([...undo.nginx, ...(undo.config === null ? [] : [undo.config])].map(({ path }) => path), deps.again(`adopt ${record.vhost} --undo`))
  await refuseUnlessReloadable(reload)
  await using switching = await openOrExplain(deps, config)
  const service = Object.hasOwn(config.services, record.service) ? switching.service(record.service) : null
  if (service !== null && service.live !== 'blue' && !force) {
    const { servers } = service.pools.blue
    throw new Problem(
      errors.adoptRefused,
      `${record.service} is live on ${service.live}, and the vhost as it was sends to blue (${servers.join(', ')}): undoing would move its traffic without a gate. Switch to blue first (start the agent, then ${deps.again(`switch ${record.service} blue`)}), or override with --force. Nothing was changed.`,
    )
  }
  const rest = await restOf(config, configFile, record.service, undo)
  const generated = Object.keys(rest.services).length === 0 ? [] : await generatedSwaps(rest, plansOf(switching).filter(({ name }) => Object.hasOwn(rest.services, name)))
  const restored = await withSwaps(await treeOf(config), undo.nginx)
  if (!Object.hasOwn(rest.services, record.service)) refuseWhileUsed(restored.tree, config, record.service, deps.again)
  const evidence = await changeNginx(reload, {
    // The vhost first: what it no longer needs goes after it.
    swaps: [...undo.nginx, ...generated],
    samples: samplesFor(restored.tree, findPasses(restored.tree).passes.filter((pass) => restored.swapped.has(pass.serverFile))),
    included: notIncluded(config.nginx, restored.tree, ['http.conf']).length === 0,
    undo: deps.again(`adopt ${record.vhost} --undo`),
    verify: async () => null,
  })
  try {
    await rememberGenerated(rest, generated)
    if (undo.config !== null) await put(undo.config.path, undo.config.after)
    await saveRecord(config.state_dir, { ...record, outcome: 'undone' })
  } catch (error) {
    throw new Problem(
      errors.storageFailed,
      `The vhost is as it was, and Nginx serves it (${evidence}), but ${messageOf(error)}. To go on, ${storageFix(error, 'agent')}; then run this again.`,
      {},
      error,
    )
  }
  return evidence
}

/** Another vhost that was adopted after it needs what the service's section generates. */
function refuseWhileUsed(tree: Tree, { nginx: { include_dir: includeDir } }: AgentConfig, service: string, again: AdoptDeps['again']): void {
  const needed = new RegExp(String.raw`\$\{?${variablesOf(service).upstream}\b|/(?:${serverFileOf(service)}|${besideFileOf(service)})$`)
  const user = [...walk(tree)].find(({ directive, file }) => !file.startsWith(`${includeDir}/`) && directive.args.some((arg) => needed.test(arg)))
  if (user === undefined) return
  const place = `${user.file}:${user.directive.line}`
  throw new Problem(errors.adoptRefused, `${place} goes by service ${service}, too, which this would remove. Take that back first: ${again(`adopt ${user.file} --undo`)}. Nothing was changed.`, { file: user.file, line: user.directive.line })
}

/** The configuration without the service; where its section must stay because it was edited, without that alone. */
async function restOf(config: AgentConfig, configFile: string, service: string, undo: UndoPlan): Promise<AgentConfig> {
  // It stays where another vhost was adopted before it.
  if (undo.record.config === null) return config
  if (undo.config !== null) return configOf(undo.config.after ?? '', configFile)
  // Its section was edited and stays, so its generated files do too; an upstream of its own would be there twice.
  if (config.services[service]?.strategy !== 'reload') return config
  throw new Problem(errors.adoptRefused, `[services.${service}] in ${configFile} was edited since, and generates the upstream that the vhost would have again. Remove that section by hand, then undo.`)
}

/** The tree as it will be, and the paths by which Nginx includes what changes. */
async function withSwaps(tree: Tree, swaps: readonly FileSwap[]): Promise<{ tree: Tree; swapped: ReadonlySet<string> }> {
  const swapped = new Set<string>()
  const files: ConfigFile[] = []
  for (const [path, { text }] of tree.files) {
    const real = await realpath(path)
    const swap = swaps.find((candidate) => candidate.path === real)
    if (swap !== undefined) swapped.add(path)
    if (swap?.after !== null) files.push({ path, text: swap?.after ?? text })
  }
  return { tree: parseTree(files), swapped }
}

function reversed({ path, before, after }: FileSwap, now: string | null): FileSwap {
  if (now === after) return { path, before: now, after: before }
  if (now === before) return { path, before: now, after: now }
  const patch = reversePatch(structuredPatch(path, path, before ?? '', after ?? '', undefined, undefined, { context: 2 }))
  const text = now === null ? false : applyPatch(now, patch)
  if (text === false)
    throw new Problem(
      errors.adoptRefused,
      `${path} was edited since in the lines that the adoption changed, so it is left alone. Take them back by hand:\n${diffOf(path, after, before)}`,
      { file: path },
    )
  return { path, before: now, after: text }
}
