import type { ConfigSummary } from '../../shared/cli/check-config.ts'
import { profileNames } from '../plan/resolve-profile.ts'
import { loadConfigurationForHere } from './load-config.ts'

/** What a valid encoder.toml holds. @throws Problem `config_invalid` with all faults */
export async function summariseConfig(file: string): Promise<ConfigSummary> {
  const { profiles, store } = await loadConfigurationForHere(file)
  const names = profileNames(profiles)
  return { words: `profiles ${names.join(', ')}; publishes to ${store.kind === 'minio' ? `${store.endpoint}/${store.bucket}` : store.directory}`, members: { profiles: names, store: store.kind } }
}
