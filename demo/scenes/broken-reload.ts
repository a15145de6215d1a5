import { writeFile } from 'node:fs/promises'
import { limitsText } from '../stage.ts'
import type { Scene } from './scene.ts'

/**
 * A colleague has left an edit on disk that passes `nginx -t`, that `nginx -s reload` accepts with exit code 0, and
 * that Nginx then drops. A new server for the green pool needs a reload: first it is refused because of the edit, and
 * when forced, the failure is noticed and the files are as before.
 */
export const brokenReload: Scene = {
  title: 'a reload that Nginx silently drops',
  async play({ agent, apps, limitsFile }) {
    const servers = [apps.green.server, '127.0.0.1:9']
    await writeFile(limitsFile, limitsText('$http_x_visitor'))
    const refused = await agent.call('PUT', '/v1/services/app/pools/green', { servers })
    const forced = await agent.call('PUT', '/v1/services/app/pools/green', { servers, force: true })
    await writeFile(limitsFile, limitsText('$binary_remote_addr'))
    const { body: service } = await agent.call('GET', '/v1/services/app')
    const ok =
      refused.body.code === 'foreign_edit' && forced.body.code === 'not_applied' && service.pools.green.servers.length === 1 && service.live === 'blue'
    return {
      ok,
      lines: [`${refused.status} ${refused.body.code}: ${refused.body.detail}`, `with force: ${forced.status} ${forced.body.code}: ${forced.body.detail}`],
    }
  },
}
