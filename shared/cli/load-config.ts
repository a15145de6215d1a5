import { ConfigError, type Fault } from '../config/load.ts'
import { apiErrors } from '../errors/api-errors.ts'
import { Problem } from '../errors/problem.ts'

/** What `load` answers; the faults that it throws become the problem that a command ends with. @throws Problem `config_invalid` with all faults */
export async function loadOrProblem<C>(file: string, load: (file: string) => Promise<C>): Promise<C> {
  try {
    return await load(file)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new Problem(apiErrors.configInvalid, error.message, { file, faults: error.faults }, error)
  }
}

/** @throws Problem `config_invalid` with the faults that were found beside the file, on this machine */
export function refuseFaults(file: string, faults: readonly Fault[]): void {
  if (faults.length === 0) return
  const error = new ConfigError(file, faults)
  throw new Problem(apiErrors.configInvalid, error.message, { file, faults }, error)
}
