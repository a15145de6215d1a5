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
