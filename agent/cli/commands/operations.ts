import type { Command } from 'commander'
import type { Operation } from '../../switching/operation.ts'
import { integer } from '../../../shared/cli/arguments.ts'
import { reaching, type Cli, type RemoteOptions } from '../../../shared/cli/cli.ts'
import { operationsTable, operationText } from '../render-operation.ts'
import { writeJson } from '../../../shared/cli/write-json.ts'
import { withAgent } from '../with-agent.ts'

interface OperationsOptions extends RemoteOptions {
  readonly service?: string
  readonly limit: number
  readonly before?: string
}

export function registerOperations(program: Command, cli: Cli): void {
  reaching(
    cli,
    program
      .command('operations')
      .summary('what was done, by whom, with what outcome')
      .description('Lists the operations, newest first, or shows all of one.')
      .argument('[id]', 'one operation')
      .option('--service <service>', 'only those of one service')
      .option('--limit <number>', 'how many', integer(1, 500), 20)
      .option('--before <id>', 'those before this operation: the next page'),
  )
    .addHelpText(
      'after',
      `
Examples:
  greenroom-agent operations
  greenroom-agent operations --service app --limit 5
  greenroom-agent operations 01JD4Z7Q3V8K2M5N6P9R0S1T2W`,
    )
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<OperationsOptions>()
      const { out } = cli.terminal
      const { service, limit, before } = options
      await withAgent(cli, options, service, async (client) => {
        const answer =
          id === undefined
            ? await client.call<unknown>('GET', '/v1/operations', { query: { service, limit, before } })
            : await client.call<unknown>('GET', `/v1/operations/${encodeURIComponent(id)}`)
        if (options.json === true) writeJson(cli, answer.text)
        else if (id === undefined) out.write(operationsTable((answer.body as { operations: Operation[] }).operations, out.columns, out.style))
        else out.write(operationText(answer.body as Operation, out.style, cli.now()))
      })
    })
}
