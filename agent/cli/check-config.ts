import { Problem } from '../../shared/errors/problem.ts'
import { errors } from '../errors.ts'
import type { Cli, CommonOptions } from './cli.ts'
import { Finished } from './finished.ts'
import { loadConfigurationForHere } from './load-config.ts'
import { count } from './words.ts'
import { writeJson } from './with-agent.ts'

/** Tells all faults of a configuration on standard output, since they are what was asked for. */
export async function checkConfig(cli: Cli, { config: file, json }: CommonOptions): Promise<void> {
  const { out } = cli.terminal
  try {
    const config = await loadConfigurationForHere(file)
    const services = Object.keys(config.services)
    if (json === true) writeJson(cli, JSON.stringify({ file, valid: true, faults: [], services }))
    else out.write(`${file}: valid, ${count(services.length, 'service')}${services.length === 0 ? '' : ` (${services.join(', ')})`}\n`)
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== errors.configInvalid) throw error
    const { faults = [] } = error.facts as { faults?: readonly unknown[] }
    if (json === true) writeJson(cli, JSON.stringify({ file, valid: false, faults }))
    else out.write(`${error.message}\n${faults.length === 0 ? '' : `${count(faults.length, 'fault')}\n`}`)
    throw new Finished(2)
  }
}
