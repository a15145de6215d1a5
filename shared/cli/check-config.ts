import { apiErrors } from '../errors/api-errors.ts'
import { Problem } from '../errors/problem.ts'
import type { Cli, CommonOptions } from './cli.ts'
import { Finished } from './finished.ts'
import { count } from './words.ts'
import { writeJson } from './write-json.ts'

/** What a valid configuration holds: in words (`2 services (app, web)`), and as members of the JSON. */
export interface ConfigSummary {
  readonly words: string
  readonly members: Readonly<Record<string, unknown>>
}

/** Tells all faults of a configuration on standard output, since they are what was asked for. `summarise` throws what `config_invalid` is. */
export async function checkConfig(cli: Cli, { config: file, json }: CommonOptions, summarise: (file: string) => Promise<ConfigSummary>): Promise<void> {
  const { out } = cli.terminal
  try {
    const { words, members } = await summarise(file)
    if (json === true) writeJson(cli, JSON.stringify({ file, valid: true, faults: [], ...members }))
    else out.write(`${file}: valid, ${words}\n`)
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== apiErrors.configInvalid) throw error
    const { faults = [] } = error.facts as { faults?: readonly unknown[] }
    if (json === true) writeJson(cli, JSON.stringify({ file, valid: false, faults }))
    else out.write(`${error.message}\n${faults.length === 0 ? '' : `${count(faults.length, 'fault')}\n`}`)
    throw new Finished(2)
  }
}
