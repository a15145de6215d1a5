import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../../shared/errors/problem.ts'
import type { AgentConfig } from '../../config.ts'
import { maintenancePageOf } from '../names.ts'
import { removeGenerations } from './generations.ts'

/**
 * Removes the markers and the copied maintenance page of services that are not configured any more. Should one come
 * back, its route is made anew from the journal. What cannot be removed is a warning and tried at the next start.
 */
export function forgetServices(config: AgentConfig, services: readonly string[]): string[] {
  return services.flatMap((service) => {
    try {
      removeGenerations(config.nginx.routes_dir, service)
      rmSync(join(config.nginx.include_dir, maintenancePageOf(service)), { force: true })
      return []
    } catch (error) {
      return [`What is left of the former service ${service} could not be removed: ${messageOf(error)}. It does no harm.`]
    }
  })
}
