import { otherColour, type Colour } from '../../agent/switching/route.ts'
import { percentile } from '../load/percentiles.ts'
import type { Scene } from './scene.ts'

const SWITCHES = 20

/** Traffic goes to and fro between the colours, each time by one authenticated call that answers when it is proven. */
export const switches: Scene = {
  title: `${SWITCHES} switches, both ways`,
  async play({ agent }) {
    let live: Colour = 'blue'
    const whole: number[] = []
    const proven: number[] = []
    for (let count = 0; count < SWITCHES; count += 1) {
      const to = otherColour(live)
      const began = performance.now()
      const { status, body } = await agent.call('POST', '/v1/services/app/switch', { to, reason: `demo ${count + 1}` })
      if (status !== 200) return { ok: false, lines: [`switch ${count + 1} to ${to}: ${status} ${body.detail}`] }
      whole.push(performance.now() - began)
      proven.push(body.timings_ms.apply + body.timings_ms.prove)
      live = to
    }
    return { ok: true, lines: [`from the first byte moved to proven: ${quantiles(proven)}`, `the whole call, health gate included: ${quantiles(whole)}`] }
  },
}

function quantiles(values: readonly number[]): string {
  return `p50 ${percentile(values, 0.5).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms`
}
