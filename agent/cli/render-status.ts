import type { Operation } from '../switching/operation.ts'
import { COLOURS, type Colour } from '../switching/route.ts'
import type { PoolView, ServerHealth, ServiceView } from '../switching/service-view.ts'
import { table, type Row } from '../../shared/cli/table.ts'
import type { Style } from '../../shared/cli/terminal.ts'
import { ago, lengthOf } from '../../shared/cli/words.ts'
import { deedOf, outcomeTime, runningLine } from './words.ts'

/** What is shown: the services, and the operations under way by their id. */
export interface StatusData {
  readonly services: readonly ServiceView[]
  readonly running: ReadonlyMap<string, Operation>
  /** What keeps the agent from being ready. */
  readonly problems: readonly string[]
}

export function colourName(colour: Colour, style: Style): string {
  return colour === 'blue' ? style.blue(colour) : style.green(colour)
}

function poolCell({ health: { servers, state } }: PoolView, style: Style): string {
  if (servers.every((server) => server.state === 'unknown')) return style.dim('not checked')
  const healthy = servers.filter((server) => server.state === 'healthy').length
  const text = `${healthy}/${servers.length} healthy`
  if (state === 'healthy') return style.green(text)
  return healthy === 0 ? style.red(text) : style.yellow(text)
}

function stateCell(service: ServiceView, running: StatusData['running'], style: Style): string {
  const states: string[] = []
  if (service.maintenance) states.push(style.yellow(service.pinned_through ? 'maintenance, pins through' : 'maintenance'))
  if (service.operation !== null) {
    const operation = running.get(service.operation)
    states.push(style.bold(operation === undefined ? 'changing' : `${deedOf(operation)}${operation.step === null ? '' : `: ${operation.step}`}`))
  }
  if (service.weights[service.live] !== 100) states.push(weightsOf(service))
  return states.length === 0 ? 'serving' : states.join(', ')
}

function weightsOf({ weights }: ServiceView): string {
  return COLOURS.map((colour) => `${colour} ${weights[colour]} %`).join(', ')
}

function unhealthyNotes(service: ServiceView, style: Style, now: Date): string[] {
  return COLOURS.flatMap((colour) =>
    service.pools[colour].health.servers
      .filter(({ state }) => state === 'unhealthy')
      .map((server) => {
        const mark = colour === service.live ? style.red('live pool') : 'idle pool'
        return `${mark} ${colour} ${foundAt(server, now)}`
      }),
  )
}

function foundAt({ server, detail, checked_at }: ServerHealth, now: Date): string {
  const found = detail ?? 'unhealthy'
  // Details of the health gate begin with the server they speak of.
  const text = found.startsWith(server) ? found : `${server}: ${found}`
  return checked_at === null ? text : `${text} (${ago(checked_at, now)})`
}

/** All services, one line each, and below it whatever is wrong with its servers. */
export function statusTable(data: StatusData, columns: number, style: Style, now: Date): string {
  const { services, running, problems } = data
  const rows = services.map(
    (service): Row => ({
      cells: [
        service.name,
        colourName(service.live, style),
        poolCell(service.pools.blue, style),
        poolCell(service.pools.green, style),
        stateCell(service, running, style),
      ],
      notes: unhealthyNotes(service, style, now),
    }),
  )
  const text =
    services.length === 0
      ? 'No services: agent.toml has no [services.NAME].\n'
      : table(['SERVICE', 'LIVE', 'BLUE', 'GREEN', 'STATE'].map(style.bold), rows, columns)
  return text + problems.map((problem) => `${style.red('problem')} ${problem}\n`).join('')
}

function serverLine(server: ServerHealth, style: Style, now: Date): string {
  const word = { healthy: style.green('healthy  '), unhealthy: style.red('unhealthy'), unknown: style.dim('unchecked') }[server.state]
  const latency = server.latency_ms === null ? '' : `in ${lengthOf(server.latency_ms)}`
  const when = server.checked_at === null ? '' : ago(server.checked_at, now)
  const found = server.state === 'healthy' ? latency : (server.detail ?? '')
  return [server.server, word, [found, when].filter(Boolean).join(', ')].filter(Boolean).join('  ')
}

function field(name: string, value: string): string {
  return `  ${name.padEnd(12)} ${value}`
}

/** One service with everything that is known of it. */
export function serviceText(service: ServiceView, running: Operation | null, last: Operation | null, style: Style, now: Date): string {
  const pool = (colour: Colour) =>
    service.pools[colour].health.servers.map((server, index) => field(index === 0 ? `${colour} pool` : '', serverLine(server, style, now)))
  const maintenance = service.maintenance ? style.yellow(`on${service.pinned_through ? ', pinned clients are let through' : ''}`) : 'off'
  const lines = [
    `${style.bold(service.name)}  ${service.strategy}, revision ${service.revision}${service.generation === null ? '' : `, generation ${service.generation}`}`,
    field('live', `${style.bold(colourName(service.live, style))}${service.previous === null ? '' : `  (a rollback goes to ${service.previous})`}`),
    ...(service.weights[service.live] === 100 ? [] : [field('traffic', weightsOf(service))]),
    field('maintenance', maintenance),
    ...COLOURS.flatMap(pool),
    ...(running === null ? [] : [field('running', runningLine(running, now)), field('', running.id)]),
    ...(last === null ? [] : [field('last', `${deedOf(last)} ${last.outcome ?? ''} ${outcomeTime(last, now)}, by ${last.actor}${last.reason === null ? '' : `, "${last.reason}"`}`), field('', last.id)]),
  ]
  return `${lines.join('\n')}\n`
}
