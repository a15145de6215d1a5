import type { Command } from 'commander'
import { reaching, type Cli, type RemoteOptions } from '../../../shared/cli/cli.ts'
import type { Client } from '../../../shared/cli/client.ts'
import { count } from '../../../shared/cli/words.ts'
import { writeJson } from '../../../shared/cli/write-json.ts'
import type { AssetRecord } from '../../publish/contract.ts'
import { assetsTable, assetText } from '../render-assets.ts'
import { withEncoder } from '../with-encoder.ts'

const PAGE = 500

/** All assets, a page after the other. */
async function allAssets(client: Client): Promise<AssetRecord[]> {
  const assets: AssetRecord[] = []
  for (;;) {
    const after = assets.at(-1)?.asset
    const page = (await client.call<{ assets: readonly AssetRecord[] }>('GET', '/v1/assets', { query: { after, limit: PAGE } })).body.assets
    assets.push(...page)
    if (page.length < PAGE) return assets
  }
}

export function registerAssets(program: Command, cli: Cli): void {
  reaching(
    cli,
    program
      .command('assets')
      .summary('what is published')
      .description('Lists the assets, or shows one with its renditions and versions.')
      .argument('[asset]', 'the asset'),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-encoder assets\n  greenroom-encoder assets films/a\n  greenroom-encoder assets films/a --json | jq .current')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RemoteOptions>()
      const { out } = cli.terminal
      await withEncoder(cli, options, async (client) => {
        if (name !== undefined) {
          const answer = await client.call<AssetRecord>('GET', `/v1/assets/${encodeURIComponent(name)}`)
          if (options.json === true) writeJson(cli, answer.text)
          else out.write(assetText(answer.body, out.style, out.columns))
          return
        }
        const assets = await allAssets(client)
        if (options.json === true) writeJson(cli, JSON.stringify({ total: assets.length, assets }))
        else out.write(assets.length === 0 ? 'Nothing is published yet.\n' : `${assetsTable(assets, out.style, out.columns)}${count(assets.length, 'asset')}\n`)
      })
    })
}

interface RollbackOptions extends RemoteOptions {
  readonly to?: string
}

export function registerPublish(program: Command, cli: Cli): void {
  const publish = program
    .command('publish')
    .summary('what lies in the store: go back, verify, repair')
    .description('Works on what is published.')
    .addHelpText('after', '\nExamples:\n  greenroom-encoder publish rollback films/a\n  greenroom-encoder publish verify')
  reaching(
    cli,
    publish
      .command('rollback')
      .summary('make an older version current again')
      .description('Points an asset back to an older version that is still kept. Players that are on the other one go on with it.')
      .argument('<asset>', 'the asset')
      .option('--to <version>', 'which version; default: the newest before the current one'),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-encoder publish rollback films/a\n  greenroom-encoder publish rollback films/a --to 01jd4z7q3v8k2m5n6p9r0s1t2w')
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RollbackOptions>()
      await withEncoder(cli, options, async (client, again) => {
        const answer = await client.call<AssetRecord>('POST', `/v1/assets/${encodeURIComponent(name)}/rollback`, { body: options.to === undefined ? {} : { to: options.to }, patience: 0 })
        if (options.json === true) writeJson(cli, answer.text)
        else cli.terminal.out.write(`${answer.body.asset}: version ${answer.body.current} is current\n  its versions: ${again(`assets ${answer.body.asset}`)}\n`)
      })
    })
}
