import { ConfigError, type Fault } from '../config/load.ts'
import { apiErrors } from '../errors/api-errors.ts'
import { Problem } from '../errors/problem.ts'

/** What `load` answers; the faults that it throws become the problem that a command ends with. @throws Problem `config_invalid` with all faults */
export async function loadOrProblem<C>(file: string, load: (file: string) => Promise<C>): Promise<C> {
  try {
    return await load(file)
  } catch (error) {
    throw problemOf(file, error)
  }
}

/** As `loadOrProblem`, and looks at this machine, also where the text has faults: all is told at once. @throws Problem `config_invalid` */
export async function loadForHere<C>(file: string, load: (file: string) => Promise<C>, look: (config: C) => Promise<readonly Fault[]>): Promise<C> {
  let faults: readonly Fault[] = []
  const config = await load(file).catch((error: unknown) => {
    if (!(error instanceof ConfigError) || error.partial === undefined) throw problemOf(file, error)
    ;({ faults } = error)
    return error.partial as C
  })
  // For what is wrong in the text a default stands in: what this machine says of that means nothing.
  const here = (await look(config)).filter(({ place }) => !faults.some((fault) => place === fault.place || place.startsWith(`${fault.place}.`)))
  if (faults.length + here.length > 0) throw problemOf(file, new ConfigError(file, [...faults, ...here]))
  return config
}

function problemOf(file: string, error: unknown): unknown {
  if (!(error instanceof ConfigError)) return error
  return new Problem(apiErrors.configInvalid, error.message, { file, faults: error.faults }, error)
}
