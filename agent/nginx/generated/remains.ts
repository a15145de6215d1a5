import type { AgentConfig } from '../../config.ts'
import { COLOURS, routeTo, type Route } from '../../switching/route.ts'
import { routeOnDisk } from '../markers/on-disk.ts'
import { upstreamNote } from '../render/upstreams.ts'

/**
 * The routes that markers and generated files on disk tell, for a start whose state is lost; null for a service of
 * which they tell nothing. Which colour was left before they do not know.
 */
export function remainingRoutes(config: AgentConfig, texts: ReadonlyMap<string, string>): Record<string, Route | null> {
  const lines = new Set([...texts.values()].flatMap((text) => text.split('\n').map((line) => line.trim())))
  return Object.fromEntries(
    Object.entries(config.services).map(([name, { strategy }]) => {
      if (strategy === 'instant') return [name, routeOnDisk(config.nginx.routes_dir, name)]
      const live = COLOURS.find((colour) => lines.has(`# ${upstreamNote(name, colour)}`))
      return [name, live === undefined ? null : routeTo(live)]
    }),
  )
}
