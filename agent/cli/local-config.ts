import { readLocalConfig as readShared, type LocalConfig } from '../../shared/cli/local-config.ts'
import { AGENT_PROGRAM, servicesIn } from './agent-program.ts'

/** What commands other than `run` need of agent.toml, its services too. @throws Problem `config_invalid` */
export async function readLocalConfig(file: string): Promise<LocalConfig & { readonly services: readonly string[] }> {
  const { toml, ...known } = await readShared(AGENT_PROGRAM, file)
  return { ...known, services: servicesIn(toml) }
}
