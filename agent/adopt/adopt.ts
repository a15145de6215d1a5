import { mkdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf, Problem } from '../../shared/errors/problem.ts'
import { replaceFile } from '../../shared/files/atomic.ts'
import type { Logger } from '../../shared/log.ts'
import type { AgentConfig } from '../config.ts'
import { errors } from '../errors.ts'
import { currentGeneration } from '../nginx/markers/generations.ts'
import { findMaster } from '../nginx/process/master.ts'
import type { ReloadDeps } from '../nginx/reload/deps.ts'
import { askRoute } from '../nginx/verify-client.ts'
import type { Switching } from '../switching/contract.ts'
import { listeners, listenersOn } from '../sockets/listeners.ts'
import { ownersOf } from '../sockets/socket-owner.ts'
import { changeNginx, put, refuseUnlessReloadable } from './change-nginx.ts'
import { includes, blockNamed } from './include-edit.ts'
import { planAdoption, type AdoptInput, type AdoptPlan, type FileChange } from './plan.ts'
import { configOf } from './read-input.ts'
import { AdoptRefused } from './refusal.ts'
import { recordId, recordPath, saveRecord, type AdoptRecord, type FileSwap } from './record.ts'
import { samplesFor } from './samples.ts'

/** What an adoption needs of the rest of the agent. */
export interface AdoptDeps {
  /** Takes the state directory and brings generated files, markers and Nginx together. @throws Problem `already_running` */
  readonly open: (config: AgentConfig, log: Logger) => Promise<Switching & AsyncDisposable>
  readonly reload: (config: AgentConfig, log: Logger) => ReloadDeps
  readonly log: Logger
  readonly now?: () => Date
}

export interface Adopted {
  readonly evidence: string
  /** File from which it can be undone. */
  readonly record: string
}

/** As `planAdoption`, with a Problem for what stands in the way. */
export function plan(input: AdoptInput): AdoptPlan {
  try {
    return planAdoption(input)
  } catch (error) {
    if (!(error instanceof AdoptRefused)) throw error
    throw new Problem(errors.adoptRefused, `${input.vhost} cannot be adopted as it is, and nothing was changed.\n${error.message}`, { refusals: error.refusals }, error)
  }
}

/**
 * Does what was planned, with proof, or puts everything back. The order is such that a crash at any point leaves an
 * Nginx that starts: generated files, agent.toml, then the vhost that needs both. The state directory is held
 * meanwhile, so that no agent works on the same files.
 */
export async function applyAdoption(deps: AdoptDeps, input: AdoptInput, adoption: AdoptPlan): Promise<Adopted> {
  const { log, now = () => new Date() } = deps
  const config = configOf(adoption.config?.after ?? input.configText ?? '', input.configFile)
  const reload = deps.reload(config, log)
  await refuseUnlessReloadable(reload)
  const nginx = await Promise.all(adoption.nginx.map(async (change) => swapOf(change)))
  const includedBefore = isIncluded(input, config, adoption)
  if (!includedBefore) await refuseIfTaken(config.nginx.verify_listen)

  await using switching = await openOrExplain(deps, config)
  const { problems } = switching.ready()
  if (includedBefore && problems.length > 0 && (await findMaster(config.nginx.pid_file)) !== null)
    throw new Problem(errors.adoptRefused, `The services that are there already must be in order first: ${problems.join(' ')} Nothing was changed.`)
  refuseMove(switching, adoption)

  const at = now()
  const record: AdoptRecord = {
    version: 1,
    id: recordId(adoption.service, at),
    at: at.toISOString(),
    vhost: await realpath(adoption.vhost),
    service: adoption.service,
    outcome: 'begun',
    nginx,
    config: adoption.config === null ? null : { path: adoption.config.path, before: adoption.config.before, after: adoption.config.after },
  }
  await saveRecord(config.state_dir, record)
  const finish = (outcome: AdoptRecord['outcome']) => saveRecord(config.state_dir, { ...record, outcome })
  try {
    if (record.config !== null) {
      await mkdir(dirname(record.config.path), { recursive: true, mode: 0o755 })
      await replaceFile(record.config.path, record.config.after ?? '')
    }
    const evidence = await changeNginx(reload, {
      swaps: nginx,
      samples: samplesFor(input.tree, adoption.passes),
      included: adoption.context === 'http' || isIncluded(input, config, { ...adoption, context: 'http' }),
      verify: () => routeFault(config, adoption, switching),
    })
    await finish('applied')
    return { evidence, record: recordPath(config.state_dir, record) }
  } catch (error) {
    if (error instanceof Problem && error.kind === errors.restoreFailed) throw error
    if (record.config !== null) await put(record.config.path, record.config.before)
    await finish('restored')
    if (error instanceof Problem) throw error
    throw new Problem(errors.notApplied, `${messageOf(error)} Everything is as before.`, {}, error)
  }
}

function isIncluded({ tree }: AdoptInput, config: AgentConfig, { context }: Pick<AdoptPlan, 'context'>): boolean {
  const block = blockNamed(tree, context)
  return block !== undefined && includes(tree, block, join(config.nginx.include_dir, `${context}.conf`))
}

/** Nginx would not say that it cannot bind, but in its error log: better found before anything is touched. */
async function refuseIfTaken(address: string): Promise<void> {
  const [taken] = listenersOn(await listeners(), address)
  if (taken === undefined) return
  const [owner] = await ownersOf(taken.inode)
  if (owner?.title.startsWith('nginx: ') === true) return
  const who = owner === undefined ? 'another process' : `process ${owner.pid} (${owner.title.slice(0, 80)})`
  throw new Problem(errors.adoptRefused, `The generated server needs ${address}, which ${who} has. Set nginx.verify_listen to a free port of 127.0.0.1. Nothing was changed.`)
}

async function openOrExplain(deps: AdoptDeps, config: AgentConfig): ReturnType<AdoptDeps['open']> {
  try {
    return await deps.open(config, deps.log)
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== errors.alreadyRunning) throw error
    const { pid } = error.facts
    throw new Problem(
      errors.alreadyRunning,
      `The agent is running${typeof pid === 'number' ? ` (process ${pid})` : ''}, and this changes its configuration. Stop it first and start it afterwards; traffic goes on meanwhile: systemctl stop greenroom-agent`,
      { ...error.facts },
      error,
    )
  }
}

/** An adoption moves no traffic: the live pool must be the servers that the vhost uses now. */
function refuseMove(switching: Switching, { service, servers }: AdoptPlan): void {
  const { live, pools, maintenance } = switching.service(service)
  const now = pools[live].servers
  if (maintenance) throw new Problem(errors.adoptRefused, `${service} is in maintenance, and the vhost would be too. End that first: greenroom-agent maintenance ${service} off. Nothing was changed.`)
  if (now.length === servers.length && now.every((server) => servers.includes(server))) return
  throw new Problem(
    errors.adoptRefused,
    `${service} is live on ${live} (${now.join(', ')}), and the vhost sends to ${servers.join(', ')}: to adopt it would move its traffic. Switch ${service} first, or choose another --service. Nothing was changed.`,
  )
}

/** What Nginx's workers say about the service's route; null when it is as it should be. */
async function routeFault(config: AgentConfig, { service, strategy }: AdoptPlan, switching: Switching): Promise<string | null> {
  if (strategy !== 'instant') return null
  const { live } = switching.service(service)
  const generation = currentGeneration(config.nginx.routes_dir, service)
  const answer = generation === null ? null : await askRoute(config.nginx.verify_listen, service, '00', generation)
  if (answer === null) return `The generated server on ${config.nginx.verify_listen} does not know ${service}.`
  if (!answer.generationSeen) return `Nginx's workers cannot read the route markers in ${config.nginx.routes_dir}; "greenroom-agent doctor" names the directory and the chmod.`
  return answer.colour === live && !answer.maintenance ? null : `Nginx sends ${service} to ${answer.maintenance ? 'the maintenance page' : answer.colour} instead of ${live}.`
}

/** The change with the file's real path, so that a link in sites-enabled stays one. */
async function swapOf({ path, before, after }: FileChange): Promise<FileSwap> {
  if (before === null) return { path: join(await realpath(dirname(path)), path.slice(dirname(path).length)), before, after }
  const real = await realpath(path)
  if (!Buffer.from(before, 'utf8').equals(await readFile(real)))
    throw new Problem(errors.adoptRefused, `${path} is not UTF-8 (or was changed just now), so it could not be written back as it was. Convert it (iconv -f latin1 -t utf-8), then adopt it.`, { file: path })
  return { path: real, before, after }
}
