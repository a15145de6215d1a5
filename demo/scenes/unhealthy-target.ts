import type { Scene } from './scene.ts'

/** The new version is broken: its health gate keeps the traffic where it is. */
export const unhealthyTarget: Scene = {
  title: 'a switch to an unhealthy green',
  async play({ agent, apps }) {
    await apps.green.setHealthy(false)
    const { status, body } = await agent.call('POST', '/v1/services/app/switch', { to: 'green' })
    await apps.green.setHealthy(true)
    const { body: service } = await agent.call('GET', '/v1/services/app')
    return { ok: status === 422 && body.code === 'gate_refused' && service.live === 'blue', lines: [`${status} ${body.code}: ${body.detail}`] }
  },
}
