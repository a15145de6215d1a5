import { walk, type Tree } from '../nginx/syntax/tree.ts'
import type { AdoptInput } from './plan.ts'
import type { Refusal } from './refusal.ts'

/**
 * Pure: the servers of green. Where none are given, the port after each of blue's, if it is certain that nothing else
 * has to do with them: nobody listens there, and neither Nginx nor another service names them.
 */
export function otherPool(
  given: readonly string[] | undefined,
  blue: readonly string[],
  { listening, config }: Pick<AdoptInput, 'listening' | 'config'>,
  tree: Tree,
): { servers: readonly string[]; assumed: boolean } | Refusal {
  if (given !== undefined && given.length > 0) return { servers: given, assumed: false }
  const servers = blue.map((server) => server.replace(/\d+$/, (port) => String(Number(port) + 1)))
  const named = new Set(Object.values(config.services).flatMap(({ pools }) => pools.blue.servers.concat(pools.green.servers)))
  const words = [...walk(tree)].flatMap(({ directive }) => directive.args)
  const taken = servers.find((server) => {
    const port = server.slice(server.lastIndexOf(':') + 1)
    return Number(port) > 65_535 || listening.has(Number(port)) || blue.includes(server) || named.has(server) || words.some((word) => new RegExp(`(^|[:/])${port}\\b`).test(word))
  })
  if (taken === undefined) return { servers, assumed: true }
  const why = taken.endsWith(':65536') ? 'no port comes after 65535' : `${taken} is used by something else`
  return { place: '--green', why: `the servers of the other colour are not known, and ${why}`, by_hand: 'say where the other colour runs: --green HOST:PORT' }
}
