import { Type } from 'typebox'
import { COLOURS } from '../../switching/route.ts'

export const ColourSchema = Type.Enum(COLOURS, { description: '`blue` or `green`.' })

const HealthState = Type.Enum(['healthy', 'unhealthy', 'unknown'])
const nullable = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()])

const PoolSchema = Type.Object({
  servers: Type.Array(Type.String()),
  health: Type.Object({
    state: HealthState,
    servers: Type.Array(
      Type.Object({
        server: Type.String(),
        state: HealthState,
        detail: nullable(Type.String()),
        checked_at: nullable(Type.String({ format: 'date-time' })),
        latency_ms: nullable(Type.Number()),
      }),
    ),
  }),
})

export const ServiceSchema = Type.Object(
  {
    name: Type.String(),
    strategy: Type.Enum(['instant', 'reload']),
    revision: Type.Integer({ description: 'Grows with every change; the value of the ETag.' }),
    live: ColourSchema,
    previous: Type.Union([ColourSchema, Type.Null()], { description: 'What a rollback goes to; null before the first switch.' }),
    maintenance: Type.Boolean(),
    pinned_through: Type.Boolean({ description: 'During maintenance: whether clients with a pin cookie are let through.' }),
    weights: Type.Object({ blue: Type.Integer(), green: Type.Integer() }, { description: 'Per cent of the unpinned clients.' }),
    pools: Type.Object({ blue: PoolSchema, green: PoolSchema }),
    generation: Type.Union([Type.Integer(), Type.Null()], { description: 'Number of the marker directory that Nginx serves from; null for strategy `reload`.' }),
    operation: Type.Union([Type.String(), Type.Null()], { description: 'Id of the running operation.' }),
  },
  { $id: 'Service' },
)
