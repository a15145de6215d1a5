import type { Init } from '../../../shared/cli/commands/init.ts'
import { parseEncoderConfig } from '../../load-config.ts'
import { ABOUT } from './about.ts'
import { configText, CREDENTIALS_SOURCE } from './config-text.ts'

export const ENCODER_INIT: Init = {
  ...ABOUT,
  role: 'operator',
  config: configText,
  check: parseEncoderConfig,
  files: ({ 'access-key': access = '', 'secret-key': secret = '' }) => (secret === '' ? [] : [{ path: CREDENTIALS_SOURCE, text: credentials(access, secret), mode: 0o600 }]),
  next: ({ store, ingest, 'secret-key': secret = '' }, { again, start }) => [
    ...(store === 'minio' && secret === '' ? [`write access_key = "…" and secret_key = "…" into ${CREDENTIALS_SOURCE} (mode 0600, owner root)`] : []),
    start,
    again('doctor'),
    `cp holiday.mov ${ingest}/ && ${again('jobs')}`,
  ],
}

function credentials(access: string, secret: string): string {
  return `# Of the store; read by systemd for greenroom-encoder.service.\naccess_key = ${JSON.stringify(access)}\nsecret_key = ${JSON.stringify(secret)}\n`
}
