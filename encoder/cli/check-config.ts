import type { ConfigSummary } from '../../shared/cli/check-config.ts'
import type { EncoderConfig } from '../config.ts'
import { profileNames } from '../plan/resolve-profile.ts'
import { loadConfigurationForHere } from './load-config.ts'

function where({ kind, endpoint = '', bucket, directory, prefix }: EncoderConfig['store']): string {
  const store = kind === 'minio' ? `${endpoint.replace(/\/$/, '')}/${bucket}` : directory
  return prefix === undefined ? store : `${store}/${prefix}`
}

/** What a valid encoder.toml holds. @throws Problem `config_invalid` with all faults */
export async function summariseConfig(file: string): Promise<ConfigSummary> {
  const { profiles, store } = await loadConfigurationForHere(file)
  const names = profileNames(profiles)
  return { words: `profiles ${names.join(', ')}; publishes to ${where(store)}`, members: { profiles: names, store: store.kind } }
}
