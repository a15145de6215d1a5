import type { Command } from 'commander'
import { reaching, type Cli, type RemoteOptions } from '../../../shared/cli/cli.ts'
import { Finished } from '../../../shared/cli/finished.ts'
import { bytesOf, count } from '../../../shared/cli/words.ts'
import { writeJson } from '../../../shared/cli/write-json.ts'
import type { RepairReport, StoreFault, VerifyReport } from '../../publish/admin.ts'
import type { AssetRecord } from '../../publish/contract.ts'
import { withEncoder } from '../with-encoder.ts'

interface RollbackOptions extends RemoteOptions {
  readonly to?: string
}

const faultLine = ({ key, what, detail }: StoreFault) => `  ${what.padEnd(9)} ${key}: ${detail}\n`

async function rollback(cli: Cli, options: RollbackOptions, name: string): Promise<void> {
  await withEncoder(cli, options, async (client, again) => {
    const answer = await client.call<AssetRecord>('POST', `/v1/assets/${encodeURIComponent(name)}/rollback`, { body: options.to === undefined ? {} : { to: options.to }, patience: 0 })
    if (options.json === true) writeJson(cli, answer.text)
    else cli.terminal.out.write(`${answer.body.asset}: version ${answer.body.current} is current\n  its versions: ${again(`assets ${answer.body.asset}`)}\n`)
  })
}

/** @throws Finished with 1 where something is not as it should be */
async function verify(cli: Cli, options: RemoteOptions, asset: string | undefined): Promise<void> {
  const { out } = cli.terminal
  await withEncoder(cli, options, async (client, again) => {
    const answer = await client.call<VerifyReport>('POST', '/v1/store/verify', { body: asset === undefined ? {} : { asset }, patience: 0 })
    const { assets, versions, objects, bytes, faults } = answer.body
    if (options.json === true) writeJson(cli, answer.text)
    else {
      out.write(`${count(assets, 'asset')}, ${count(versions, 'version')}, ${count(objects, 'object')} (${bytesOf(bytes)}) read back: ${faults.length === 0 ? out.style.green('all as it should be') : out.style.red(count(faults.length, 'fault'))}\n`)
      for (const fault of faults) out.write(faultLine(fault))
      if (faults.length > 0) out.write(`${out.style.bold('next:')} put right what can be: ${again(asset === undefined ? 'publish repair' : `publish repair ${asset}`)}\n`)
    }
    if (faults.length > 0) throw new Finished(1)
  })
}

/** @throws Finished with 1 where something stays wrong */
async function repair(cli: Cli, options: RemoteOptions, asset: string | undefined): Promise<void> {
  const { out } = cli.terminal
  await withEncoder(cli, options, async (client, again) => {
    const answer = await client.call<RepairReport>('POST', '/v1/store/repair', { body: asset === undefined ? {} : { asset }, patience: 0 })
    const { repaired, beyond_repair: lost } = answer.body
    if (options.json === true) writeJson(cli, answer.text)
    else if (repaired.length + lost.length === 0) out.write('Nothing was to be repaired.\n')
    else {
      if (repaired.length > 0) out.write(`${out.style.green('repaired')}: ${count(repaired.length, 'fault')}\n${repaired.map(faultLine).join('')}`)
      if (lost.length > 0) out.write(`${out.style.red('cannot be repaired from here')}: ${count(lost.length, 'fault')}\n${lost.map(faultLine).join('')}`)
      for (const name of new Set(lost.filter(({ current }) => current).map(({ asset: of }) => of))) out.write(`${out.style.bold('next:')} ${again(`reencode ${name}`)}\n`)
      if (lost.some(({ current }) => !current)) out.write('Older versions that lack something are not gone back to; they go as newer ones come (store.keep_versions).\n')
    }
    if (lost.length > 0) throw new Finished(1)
  })
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
      await rollback(cli, command.optsWithGlobals<RollbackOptions>(), name)
    })
  reaching(
    cli,
    publish
      .command('verify')
      .summary('whether the store has what it should have')
      .description('Reads back every object, compares size and hash with the ledger, and sees that playlists name only what is there. Changes nothing. Ends with 1 when something is wrong.')
      .argument('[asset]', 'only this asset'),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-encoder publish verify\n  greenroom-encoder publish verify films/a --json')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      await verify(cli, command.optsWithGlobals<RemoteOptions>(), name)
    })
  reaching(
    cli,
    publish
      .command('repair')
      .summary('store again what is missing or wrong')
      .description('Verifies, and stores again from the work area what is missing or wrong. Ends with 1 when something is left that has to be encoded again.')
      .argument('[asset]', 'only this asset'),
  )
    .addHelpText('after', '\nExamples:\n  greenroom-encoder publish repair\n  greenroom-encoder publish repair films/a')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      await repair(cli, command.optsWithGlobals<RemoteOptions>(), name)
    })
}
