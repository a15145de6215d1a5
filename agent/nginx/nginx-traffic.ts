import { isDeepStrictEqual } from 'node:util'
import { join } from 'node:path'
import { messageOf, Problem } from '../../shared/errors/problem.ts'
import type { Logger } from '../../shared/log.ts'
import type { AgentConfig } from '../config.ts'
import { errors } from '../errors.ts'
import { someFileEdited } from './generated/glance.ts'
import { writeMaintenancePages } from './generated/maintenance-pages.ts'
import { inspectNginx } from './inspect.ts'
import { readDisk } from './loaded/disk.ts'
import { createLoadedConfig } from './loaded/loaded-config.ts'
import { prepareMarkers } from './markers/change.ts'
import { ensureMarkers } from './markers/ensure.ts'
import { forgetServices } from './markers/forget.ts'
import { instantServices } from './names.ts'
import { currentGeneration } from './markers/generations.ts'
import { recoverMarkers } from './markers/recover.ts'
import { settleMarkers } from './markers/settle.ts'
import { explainBlindness } from './markers/untraversable.ts'
import { probeListener } from './probe.ts'
import { glance } from './process/glance.ts'
import { findMaster } from './process/master.ts'
import { reloadRequester } from './process/request-reload.ts'
import { nginxRunner } from './process/run-nginx.ts'
import { prepareFiles } from './reload/change.ts'
import { untilWithinBudget } from './reload/budget.ts'
import { readOwnFiles, refuseEdited } from './reload/own-files.ts'
import type { ReloadDeps, ReloadResult } from './reload/deps.ts'
import { recoverFiles } from './reload/recover.ts'
import { storageProblem } from './reload/storage-problem.ts'
import { writeFilesForLater } from './reload/write-for-later.ts'
import { renderFiles } from './render/render.ts'
import type { HostPlan, ServicePlan, Traffic } from './traffic.ts'
import { askRoutes } from './verify-client.ts'

export interface NginxTrafficOptions {
  /** Told the result of each reload that the agent asked for. */
  readonly onReload?: (result: ReloadResult) => void
}

/** Traffic through the Nginx of this host. The caller sees to it that only one change runs at a time. */
export function createNginxTraffic(config: AgentConfig, log: Logger, { onReload }: NginxTrafficOptions = {}): Traffic {
  const { nginx } = config
  const deps: ReloadDeps = {
    config,
    log,
    run: nginxRunner(nginx),
    requestReload: reloadRequester(nginx.reload),
    loaded: createLoadedConfig({ path: join(config.state_dir, 'loaded.json'), errorLog: nginx.error_log }),
    probe: probeListener,
    staged: new Set(),
    onReload(result) {
      log.info({ result }, 'reload of Nginx')
      onReload?.(result)
    },
  }

  async function ensure(plan: HostPlan, replace: boolean): Promise<void> {
    try {
      await ensureMarkers(config, plan, { replace })
      await writeMaintenancePages(config)
    } catch (error) {
      throw error instanceof Problem ? error : storageProblem(nginx.routes_dir, 'markers or maintenance pages are missing', error)
    }
  }

  async function observe(): Promise<void> {
    const master = await findMaster(nginx.pid_file)
    if (master === null) return
    try {
      await deps.loaded.observe(master, async () => {
        const disk = await readDisk(deps.run, nginx.include_dir)
        return disk.valid ? disk.foreign : null
      })
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'what Nginx has loaded could not be noted: the next reload may take a finished edit for an unfinished one')
    }
  }

  function byMarkers(from: ServicePlan, to: ServicePlan): boolean {
    return config.services[to.name]?.strategy === 'instant' && isDeepStrictEqual(from.pools, to.pools)
  }

  return {
    async untilRoom(before, after, service, signal) {
      const sameFiles = isDeepStrictEqual(renderFiles(config, before, 'any'), renderFiles(config, after, 'any'))
      if (sameFiles || byMarkers(planOf(before, service), planOf(after, service))) return
      const master = await findMaster(nginx.pid_file)
      if (master !== null) await untilWithinBudget(master, nginx, signal)
    },
    async prepare(before, after, service, options) {
      const [from, to] = [planOf(before, service), planOf(after, service)]
      if (!byMarkers(from, to)) return prepareFiles(deps, after, { ...options, service })
      const edited = options.urgent || !someFileEdited(config) ? [] : (await readOwnFiles(config, renderFiles(config, after, 'any').keys())).edited
      if (edited.length > 0 && !options.force) throw refuseEdited(edited)
      // Forced, with nothing to switch: then the edited files are what is to be put right.
      if (edited.length > 0 && isDeepStrictEqual(from, to)) return prepareFiles(deps, after, { ...options, service })
      const change = await prepareMarkers(config, from, to)
      const left = edited.map(({ file }) => `${file} was edited by hand and is left as it is: a switch by markers replaces no file. The same with force once more, to the live colour, does.`)
      return { ...change, warnings: [...change.warnings, ...left] }
    },
    async prepareInstall(plan, options) {
      await ensure(plan, false)
      return prepareFiles(deps, plan, { ...options, service: null })
    },
    async writeForLater(plan) {
      await ensure(plan, (await findMaster(nginx.pid_file)) === null)
      await writeFilesForLater(deps, plan)
    },
    async refresh(plan) {
      const instant = plan.filter(({ name }) => config.services[name]?.strategy === 'instant')
      return (await Promise.all(instant.map((one) => settleMarkers(config, one, [])))).flat()
    },
    async forget(services) {
      return forgetServices(config, services)
    },
    async inspect(plan) {
      await observe()
      return inspectNginx(config, deps.run, plan)
    },
    async unseen(plan) {
      // Under `route_cache` a worker remembers for a while what it did not see; there the proof of a switch waits for it.
      const asked = plan.flatMap(({ name }) => {
        const service = config.services[name]
        const generation = service?.strategy === 'instant' && service.route_cache === undefined ? currentGeneration(nginx.routes_dir, name) : null
        return generation === null ? [] : [{ service: name, bucket: '00', generation }]
      })
      const answers = asked.length === 0 ? null : await askRoutes(nginx.verify_listen, asked)
      // No answer at all is another problem, told by `inspect`.
      return answers === null ? [] : asked.filter((_, index) => answers[index]?.generationSeen === false).map(({ service }) => service)
    },
    async whyUnseen(service) {
      const generation = currentGeneration(nginx.routes_dir, service)
      const { reason } = await explainBlindness(config, service, generation ?? 'gen-0', null)
      return `Nginx does not see the route of ${service} and serves the colour that was live when it loaded its configuration. ${reason}`
    },
    identity() {
      const lost = instantServices(config).filter((service) => currentGeneration(nginx.routes_dir, service) === null)
      return `${glance(nginx.pid_file)} ${lost.join()}`
    },
    generation(service) {
      const name = currentGeneration(nginx.routes_dir, service)
      return name === null ? null : Number(name.slice('gen-'.length))
    },
    async recover(record, before, after, service) {
      if (record.mechanism === 'files') return recoverFiles(deps, record)
      return recoverMarkers(config, record, planOf(before, service), planOf(after, service))
    },
  }
}

function planOf(plan: HostPlan, service: string): ServicePlan {
  const found = plan.find(({ name }) => name === service)
  if (found === undefined) throw new Problem(errors.serviceUnknown, `There is no service ${service}.`, { service })
  return found
}
