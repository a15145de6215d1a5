import { mkdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ConfigError } from '../../shared/config/load.ts'
import { messageOf, Problem } from '../../shared/errors/problem.ts'
import { replaceFile } from '../../shared/files/atomic.ts'
import { storageFix } from '../../shared/files/storage-fix.ts'
import type { Logger } from '../../shared/log.ts'
import type { AgentConfig } from '../config.ts'
import { errors } from '../errors.ts'
import { parseAgentConfig } from '../load-config.ts'
import { notIncluded } from '../nginx/include-hint.ts'
import { findMaster } from '../nginx/process/master.ts'
import type { ReloadDeps } from '../nginx/reload/deps.ts'
import type { ServicePlan } from '../nginx/traffic.ts'
import type { Switching } from '../switching/contract.ts'
import { routeTo } from '../switching/route.ts'
import { changeNginx, put, refuseUnlessReloadable } from './change-nginx.ts'
import { generatedSwaps, plansOf, prepareService, rememberGenerated } from './generated.ts'
import { planAdoption, type AdoptInput, type AdoptPlan, type FileChange } from './plan.ts'
import { configOf } from './read-input.ts'
import { AdoptRefused } from './refusal.ts'
import { recordId, recordPath, saveRecord, type AdoptRecord, type FileSwap } from './record.ts'
import { openOrExplain, refuseIfTaken, refuseMove, refuseUnlessWritable, routeFault } from './safeguards.ts'
import { samplesFor } from './samples.ts'

/** What an adoption needs of the rest of the agent. */
export interface AdoptDeps {
  /** Takes the state directory and brings generated files, markers and Nginx together. @throws Problem `already_running` */
  readonly open: (config: AgentConfig, log: Logger) => Promise<Switching & AsyncDisposable>
  readonly reload: (config: AgentConfig, log: Logger) => ReloadDeps
  readonly log: Logger
  /** Makes the commands of messages, with the options given here. */
  readonly again: (command: string) => string
  readonly now?: () => Date
}

export interface Adopted {
  readonly evidence: string
  /** File from which it can be undone. */
  readonly record: string
}

/** As `planAdoption`, with a Problem for what stands in the way, a service that agent.toml cannot have among it. */
export function plan(input: AdoptInput): AdoptPlan {
  try {
    const adoption = planAdoption(input)
    if (adoption.config !== null) parseAgentConfig(adoption.config.after, input.configFile)
    return adoption
  } catch (error) {
    if (error instanceof ConfigError)
      throw new Problem(errors.adoptRefused, `${input.vhost} cannot be adopted like this, and nothing was changed: the service would not be valid. Correct --green, --health or --service.\n${error.message}`, { faults: error.faults }, error)
    if (!(error instanceof AdoptRefused)) throw error
    throw new Problem(errors.adoptRefused, `${input.vhost} cannot be adopted as it is, and nothing was changed.\n${error.message}`, { refusals: error.refusals }, error)
  }
}

/**
 * Does what was planned, with proof, or puts everything back. The order is such that a crash at any point leaves an
 * Nginx that starts: agent.toml, generated files, then the vhost that needs both. The state directory is held
 * meanwhile, so that no agent works on the same files.
 */
export async function applyAdoption(deps: AdoptDeps, input: AdoptInput, adoption: AdoptPlan): Promise<Adopted> {
  const { log, now = () => new Date() } = deps
  const { service } = adoption
  const config = configOf(adoption.config?.after ?? input.configText ?? '', input.configFile)
  const reload = deps.reload(config, log)
  const nginx = await Promise.all(adoption.nginx.map(async (change) => swapOf(change)))
  await refuseUnlessWritable([...nginx.map(({ path }) => path), ...(adoption.config === null ? [] : [adoption.config.path])], deps.again(`adopt ${adoption.vhost} --yes`))
  await refuseUnlessReloadable(reload)
  const included = isIncluded(input, config, adoption)
  if (!included) await refuseIfTaken(config.nginx.verify_listen)

  await using switching = await openOrExplain(deps, input.config)
  const { problems } = switching.ready()
  if (included && problems.length > 0 && (await findMaster(config.nginx.pid_file)) !== null)
    throw new Problem(errors.adoptRefused, `The services that are there already must be in order first: ${problems.join(' ')} Nothing was changed.`)
  const known = plansOf(switching)
  const plan = known.find(({ name }) => name === service) ?? newService(config, service)
  refuseMove(plan, adoption, deps.again)

  const at = now()
  const record: AdoptRecord = {
    version: 1,
    id: recordId(service, at),
    at: at.toISOString(),
    vhost: await realpath(adoption.vhost),
    service,
    outcome: 'begun',
    nginx,
    config: adoption.config === null ? null : { path: adoption.config.path, before: adoption.config.before, after: adoption.config.after },
  }
  await saveRecord(config.state_dir, record).catch((error: unknown) => {
    throw new Problem(errors.storageFailed, `${messageOf(error)}. Nothing was changed. To go on, ${storageFix(error, 'agent')}.`, {}, error)
  })
  // It is begun in the record until then, which an undo takes like one that is applied: what is done is not undone for want of this.
  const finish = (outcome: AdoptRecord['outcome']) =>
    saveRecord(config.state_dir, { ...record, outcome }).catch((error: unknown) => log.error({ err: error }, `It cannot be noted as ${outcome}: ${messageOf(error)}. Nothing else depends on that.`))
  let evidence: string
  try {
    if (!known.includes(plan)) await prepareService(config, plan)
    const generated = await generatedSwaps(config, known.includes(plan) ? known : [...known, plan])
    if (record.config !== null) {
      await mkdir(dirname(record.config.path), { recursive: true, mode: 0o755 })
      await replaceFile(record.config.path, record.config.after ?? '')
    }
    evidence = await changeNginx(reload, {
      swaps: [...generated, ...nginx],
      samples: samplesFor(input.tree, adoption.passes),
      included: true,
      undo: deps.again(`adopt ${adoption.vhost} --undo`),
      verify: () => routeFault(config, plan, deps.again),
    })
    await rememberGenerated(config, generated).catch((error: unknown) => log.error({ err: error }, `What was generated cannot be kept beside the state: ${messageOf(error)}. An edit of it by hand could not be shown.`))
  } catch (error) {
    if (error instanceof Problem && error.kind === errors.restoreFailed) throw error
    if (record.config !== null) await put(record.config.path, record.config.before)
    await finish('restored')
    if (error instanceof Problem) throw error
    throw new Problem(errors.notApplied, `${messageOf(error)} Everything is as before.`, {}, error)
  }
  await finish('applied')
  return { evidence, record: recordPath(config.state_dir, record) }
}

function newService(config: AgentConfig, name: string): ServicePlan {
  const { initial, pools } = config.services[name]!
  return { name, route: routeTo(initial), pools: { blue: pools.blue.servers, green: pools.green.servers } }
}

function isIncluded({ tree }: AdoptInput, config: AgentConfig, { context }: AdoptPlan): boolean {
  return notIncluded(config.nginx, tree, ['http.conf', `${context}.conf`]).length === 0
}

/** The change with the file's real path, so that a link in sites-enabled stays one. */
async function swapOf({ path, before, after }: FileChange): Promise<FileSwap> {
  if (before === null) return { path: join(await realpath(dirname(path)), path.slice(dirname(path).length)), before, after }
  const real = await realpath(path)
  if (!Buffer.from(before, 'utf8').equals(await readFile(real)))
    throw new Problem(errors.adoptRefused, `${path} is not UTF-8 (or was changed just now), so it could not be written back as it was. Convert it (iconv -f latin1 -t utf-8), then adopt it.`, { file: path })
  return { path: real, before, after }
}
