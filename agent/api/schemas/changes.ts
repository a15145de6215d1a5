import { Type } from 'typebox'
import { formats } from '../../../shared/config/formats.ts'
import { ColourSchema } from './service.ts'

const common = {
  reason: Type.Optional(Type.String({ description: 'text without control characters, at most 500 long; it is journaled', maxLength: 500, pattern: '^[^\\p{Cc}\\p{Cs}]*$' })),
  dry_run: Type.Optional(Type.Boolean({ description: 'Runs the gates and shows the difference; changes nothing.' })),
  force: Type.Optional(Type.Boolean({ description: 'Overrides a refusing gate, a hand-edited generated file, an unfinished edit of somebody else, a live pool.' })),
}
const closed = { additionalProperties: false } as const

export const SwitchBody = Type.Object({ to: ColourSchema, ...common }, closed)
export const RollbackBody = Type.Object(common, closed)
export const MaintenanceBody = Type.Object(
  {
    on: Type.Boolean(),
    pinned_through: Type.Optional(Type.Boolean({ description: 'Lets clients with a pin cookie through.' })),
    ...common,
  },
  closed,
)
const hostPort = formats['host-port']
const Server = Type.Refine(
  Type.String({ description: 'host:port' }),
  (text) => hostPort.check(text) === undefined,
  () => `must be ${hostPort.expected}`,
)
export const PoolBody = Type.Object(
  {
    servers: Type.Array(Server, { minItems: 1, maxItems: 256, uniqueItems: true }),
    ...common,
  },
  closed,
)
export const PinBody = Type.Object({ to: Type.Union([ColourSchema, Type.Null()], { description: '`blue`, `green`, or null for a cookie that ends the pin' }) }, closed)
export const PinAnswer = Type.Object({
  cookie: Type.Object({ name: Type.String(), value: Type.String(), max_age_s: Type.Integer(), path: Type.String() }),
  set_cookie: Type.String({ description: 'The same as the value of a Set-Cookie header.' }),
})
