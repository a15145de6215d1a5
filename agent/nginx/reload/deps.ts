import type { Logger } from '../../../shared/log.ts'
import type { AgentConfig } from '../../config.ts'
import type { LoadedConfig } from '../loaded/loaded-config.ts'
import type { ProbeListener } from '../markers/prove.ts'
import type { RequestReload } from '../process/request-reload.ts'
import type { RunNginx } from '../process/run-nginx.ts'

/** `proven` and `failed` count our own changes, `restored` the reloads that put an earlier configuration back. */
export type ReloadResult = 'proven' | 'failed' | 'restored'

/** What a change of generated files works with. */
export interface ReloadDeps {
  readonly config: AgentConfig
  readonly log: Logger
  readonly run: RunNginx
  readonly requestReload: RequestReload
  readonly loaded: LoadedConfig
  readonly probe: ProbeListener
  /** Tags of staged swaps that a change of this process still needs. */
  readonly staged: Set<string>
  readonly onReload: (result: ReloadResult) => void
}
