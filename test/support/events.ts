import type { Operation } from '../../agent/switching/operation.ts'
import type { TestAgent } from './agent.ts'
import { follow, type Followed } from './server-events.ts'

export type Events = Followed<Operation>

/** Follows the operations of `/v1/events`; answers when the stream is open. */
export async function followEvents(agent: TestAgent): Promise<Events> {
  return follow<Operation>('operation', agent)
}
