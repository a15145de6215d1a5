import type { ServiceConfig } from '../../config.ts'
import { SLOTS } from '../markers/buckets.ts'
import { pinCookieOf } from '../names.ts'
import { block, directive, type Directive } from './directive.ts'
import { keyVariable, variable } from './values.ts'

/** What sorts each request into its bucket: a slot by its key, or a pin by its cookie. */
export function bucketMaps(name: string, service: ServiceConfig): Directive[] {
  const key = keyVariable(service.key)
  const bucket = variable('bucket', name)
  const slot = service.pins ? variable('slot', name) : bucket
  const keyMap = key === null ? [] : [block('map', [key, variable('key', name)], [directive('""', '$remote_addr'), directive('default', key)])]
  const slots = block(
    'split_clients',
    [key === null ? '$remote_addr' : variable('key', name), slot],
    SLOTS.map((number, index) => directive(index === SLOTS.length - 1 ? '*' : '1%', number)),
  )
  if (!service.pins) return [...keyMap, slots]
  const pins = block('map', [`$cookie_${pinCookieOf(name)}`, bucket], [directive('blue', 'pin-blue'), directive('green', 'pin-green'), directive('default', slot)])
  return [...keyMap, slots, pins]
}
