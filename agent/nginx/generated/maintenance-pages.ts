import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '../../../shared/files/atomic.ts'
import { messageOf, Problem, systemCodeOf } from '../../../shared/errors/problem.ts'
import type { AgentConfig } from '../../config.ts'
import { errors } from '../../errors.ts'
import { instantServices, maintenancePageOf } from '../names.ts'

const DEFAULT_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Down for maintenance</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem;color:#222}</style>
<h1>Down for maintenance</h1>
<p>We are working on it and will be back soon. Please try again in a few minutes.</p>
</html>
`

/**
 * Copies each instant service’s maintenance page to where Nginx’s workers can read it; a change of a page needs no
 * reload. Throws Problem `config_invalid` for a page that cannot be read, and ReplaceFailed for a copy that cannot be
 * written.
 */
export async function writeMaintenancePages(config: AgentConfig): Promise<void> {
  for (const service of instantServices(config)) {
    const text = await pageOf(config, service)
    const path = join(config.nginx.include_dir, maintenancePageOf(service))
    const present = await readFile(path).catch((error: unknown) => {
      if (systemCodeOf(error) === 'ENOENT') return null
      throw error
    })
    if (present?.equals(text) === true) continue
    await mkdir(dirname(path), { recursive: true, mode: 0o755 })
    await replaceFile(path, text, { mode: 0o644, within: config.nginx.include_dir })
  }
}

async function pageOf(config: AgentConfig, service: string): Promise<Buffer> {
  const page = config.services[service]?.maintenance.page
  if (page === undefined) return Buffer.from(DEFAULT_PAGE)
  try {
    return await readFile(page)
  } catch (error) {
    throw new Problem(
      errors.configInvalid,
      `services.${service}.maintenance.page: ${page} cannot be read (${messageOf(error)}). Make it readable for the agent, or leave the setting out for the built-in page.`,
      { service, file: page },
      error,
    )
  }
}
