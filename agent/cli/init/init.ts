import type { Init } from '../../../shared/cli/commands/init.ts'
import { parseAgentConfig } from '../../load-config.ts'
import { configText } from './config-text.ts'
import { ABOUT } from './about.ts'

export const AGENT_INIT: Init = {
  ...ABOUT,
  role: 'operator',
  config: configText,
  check: parseAgentConfig,
  files: () => [],
  next: ({ service }, { again, start }) => [
    `${again(`adopt /etc/nginx/sites-enabled/${service === '' || service === undefined ? 'VHOST' : service}`)}    # shows what would change; --yes does it`,
    start,
    again('doctor'),
  ],
}
