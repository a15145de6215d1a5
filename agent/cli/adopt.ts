import { join } from 'node:path'
import { createLogger } from '../../shared/log.ts'
import { applyAdoption, plan, type AdoptDeps } from '../adopt/adopt.ts'
import type { AdoptPlan } from '../adopt/plan.ts'
import { readConfig, readInput } from '../adopt/read-input.ts'
import { diffOf } from '../adopt/show-diff.ts'
import { planUndo, undoAdoption } from '../adopt/undo.ts'
import { createLoadedConfig } from '../nginx/loaded/loaded-config.ts'
import { reloadRequester } from '../nginx/process/request-reload.ts'
import { nginxRunner } from '../nginx/process/run-nginx.ts'
import { probeListener } from '../nginx/probe.ts'
import { openSwitching } from '../switching/open.ts'
import { againWith, startWith, type Cli } from '../../shared/cli/cli.ts'
import { asAgentsUser } from './as-agents-user.ts'
import type { AdoptCommandOptions } from './commands/adopt.ts'
import type { Output } from '../../shared/cli/terminal.ts'
import { writeJson } from '../../shared/cli/write-json.ts'

interface Shown {
  readonly done: boolean
  readonly service: string
  readonly vhost: string
  readonly diff: string
  readonly notes: readonly string[]
  readonly evidence: string | null
  readonly record: string | null
}

/** Shows, does or undoes an adoption. @throws Problem `adopt_refused` and what changing Nginx throws */
export async function adoptCommand(cli: Cli, vhost: string, options: AdoptCommandOptions): Promise<void> {
  await (options.undo === true ? undo(cli, vhost, options) : adopt(cli, vhost, options))
}

async function adopt(cli: Cli, vhost: string, options: AdoptCommandOptions): Promise<void> {
  const { service, upstream, green, health, strategy, config: file, yes } = options
  const asked = { ...(service && { service }), ...(upstream && { upstream }), ...(green && { green }), ...(health && { health }), ...(strategy && { strategy }) }
  const again = againWith(cli.program, { config: file })
  const input = await readInput(file, vhost, asked, again)
  const adoption = plan(input)
  const shown = { service: adoption.service, vhost: adoption.vhost, diff: diffOfPlan(adoption), notes: adoption.notes, done: false, evidence: null, record: null }
  const nothing = adoption.nginx.length === 0
  if (yes !== true || nothing) {
    show(cli, options, shown, nothing ? [] : [`to do this: sudo ${again(['adopt', vhost, '--yes', ...words(options)].join(' '))}`])
    return
  }
  const done = await asAgentsUser(input.config, () => applyAdoption(depsFor(cli, options), input, adoption))
  const next = [`start the agent: ${startWith(cli.program, file)}`, `look at it: ${again(`status ${adoption.service}`)}`, `to take it back: ${again(`adopt ${vhost} --undo`)}`]
  show(cli, options, { ...shown, done: true, ...done }, next)
}

async function undo(cli: Cli, vhost: string, options: AdoptCommandOptions): Promise<void> {
  const { config } = await readConfig(options.config)
  const planned = await planUndo(config, vhost)
  const evidence = await asAgentsUser(config, () => undoAdoption(depsFor(cli, options), config, planned, options.config, options.force === true))
  const changes = [...planned.nginx, ...(planned.config === null ? [] : [planned.config])]
  const diff = changes.map(({ path, before, after }) => diffOf(path, before, after)).join('')
  show(cli, options, { done: true, service: planned.record.service, vhost, diff, notes: planned.notes, evidence, record: null }, [])
}

function depsFor(cli: Cli, { json, config: file }: AdoptCommandOptions): AdoptDeps {
  const { err } = cli.terminal
  // What matters is in the answer; of the log only what may be needed to find out more.
  const write = (line: string) => {
    const { level, msg } = JSON.parse(line) as { level: string; msg: string }
    if (json !== true) err.write(`${level}: ${msg}\n`)
  }
  return {
    log: createLogger({ level: 'error', name: 'greenroom-agent', destination: { write } }),
    open: (config, log) => openSwitching(config, log, { background: false }),
    reload: (config, log) => ({
      config,
      log,
      run: nginxRunner(config.nginx),
      requestReload: reloadRequester(config.nginx.reload),
      loaded: createLoadedConfig({ path: join(config.state_dir, 'loaded.json'), errorLog: config.nginx.error_log }),
      probe: probeListener,
      staged: new Set(),
      onReload: () => {},
    }),
    again: againWith(cli.program, { config: file }),
    now: cli.now,
  }
}

function diffOfPlan({ nginx, config }: AdoptPlan): string {
  return [...nginx, ...(config === null ? [] : [config])].map(({ path, before, after }) => diffOf(path, before, after)).join('')
}

function words({ service, upstream, green = [], health, strategy }: AdoptCommandOptions): string[] {
  const pair = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value])
  return [...pair('--service', service), ...pair('--upstream', upstream), ...green.flatMap((value) => pair('--green', value)), ...pair('--health', health), ...pair('--strategy', strategy)]
}

function show(cli: Cli, { json }: AdoptCommandOptions, shown: Shown, next: readonly string[]): void {
  if (json === true) {
    writeJson(cli, JSON.stringify(shown))
    return
  }
  const { out } = cli.terminal
  out.write(coloured(shown.diff, out))
  for (const note of shown.notes) out.write(`${out.style.yellow('note:')} ${note}\n`)
  if (shown.done) out.write(`${out.style.green('done:')} ${shown.evidence}.\n`)
  for (const step of next) out.write(`${out.style.bold('next:')} ${step}\n`)
}

function coloured(diff: string, { style }: Output): string {
  const line = (text: string) => {
    if (/^(\+\+\+|---)/.test(text)) return style.bold(text)
    return text.startsWith('+') ? style.green(text) : text.startsWith('-') ? style.red(text) : text
  }
  return diff.split('\n').map((text) => line(text)).join('\n')
}
