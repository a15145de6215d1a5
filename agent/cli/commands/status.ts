import type { Command } from 'commander'
import type { Operation } from '../../switching/operation.ts'
import type { ServiceView } from '../../switching/service-view.ts'
import { reaching, type Cli, type RemoteOptions } from '../../../shared/cli/cli.ts'
import type { Client } from '../../../shared/cli/client.ts'
import { servicesIn } from '../explain.ts'
import { serviceText, statusTable } from '../render-status.ts'
import { writeJson } from '../../../shared/cli/write-json.ts'
import { withAgent } from '../with-agent.ts'

async function operationsById(client: Client, services: readonly ServiceView[]): Promise<Map<string, Operation>> {
  const ids = services.flatMap(({ operation }) => (operation === null ? [] : [operation]))
  const operations = await Promise.all(ids.map(async (id) => (await client.call<Operation>('GET', `/v1/operations/${id}`)).body))
  return new Map(operations.map((operation) => [operation.id, operation]))
}

async function readinessProblems(client: Client): Promise<readonly string[]> {
  const { body } = await client.call<{ problems?: readonly string[] }>('GET', '/readyz', { accept: [503] })
  return body.problems ?? []
}

async function showAll(cli: Cli, client: Client, json: boolean): Promise<void> {
  const { out } = cli.terminal
  const answer = await client.call<unknown>('GET', '/v1/services')
  if (json) {
    writeJson(cli, answer.text)
    return
  }
  const services = servicesIn(answer.body)
  const [running, problems] = await Promise.all([operationsById(client, services), readinessProblems(client)])
  out.write(statusTable({ services, running, problems }, out.columns, out.style, cli.now()))
}

async function showOne(cli: Cli, client: Client, name: string, json: boolean): Promise<void> {
  const { out } = cli.terminal
  const answer = await client.call<ServiceView>('GET', `/v1/services/${encodeURIComponent(name)}`)
  if (json) {
    writeJson(cli, answer.text)
    return
  }
  const service = answer.body
  const latest = await client.call<unknown>('GET', '/v1/operations', { query: { service: service.name, limit: 2 } })
  const operations = (latest.body as { operations: Operation[] }).operations
  const running = operations.find(({ id }) => id === service.operation) ?? null
  const last = operations.find(({ outcome }) => outcome !== null) ?? null
  out.write(serviceText(service, running, last, out.style, cli.now()))
}

export function registerStatus(program: Command, cli: Cli): void {
  reaching(
    cli,
    program
      .command('status')
      .summary('what is live, and how the pools are')
      .description('Shows what is live, what runs and how the servers are: of all services, or of one with all there is to know.')
      .argument('[service]', 'the service'),
  )
    .addHelpText(
      'after',
      `
Examples:
  greenroom-agent status
  greenroom-agent status app
  greenroom-agent status app --json | jq -r .live
  watch -n 2 greenroom-agent status`,
    )
    .action(async (service: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RemoteOptions>()
      await withAgent(cli, options, service, async (client) =>
        service === undefined ? showAll(cli, client, options.json === true) : showOne(cli, client, service, options.json === true),
      )
    })
}
