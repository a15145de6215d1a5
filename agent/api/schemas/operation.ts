import { Type } from 'typebox'
import { STEPS } from '../../switching/operation.ts'
import { ref } from '../../../shared/api/schemas/problem.ts'
import { ColourSchema } from './service.ts'

export const OperationSchema = Type.Object(
  {
    id: Type.String({ description: 'Sorts by time.' }),
    service: Type.String(),
    kind: Type.Enum(['switch', 'rollback', 'maintenance', 'pool', 'recovery']),
    asked: Type.String({ description: 'What was asked, in words: `switch to green`, `maintenance on`, `green pool: 127.0.0.1:3002`.' }),
    from: ColourSchema,
    to: ColourSchema,
    step: Type.Union([Type.Enum(STEPS), Type.Null()], { description: 'The step under way; null once there is an outcome.' }),
    outcome: Type.Union([Type.Enum(['succeeded', 'refused', 'failed', 'restored']), Type.Null()]),
    reason: Type.Union([Type.String(), Type.Null()]),
    actor: Type.String({ description: '`token:ci`, `certificate:deploy.example`, `socket`, `offline` or `agent`.' }),
    source: Type.String({ description: 'Remote address, or `unix`.' }),
    dry_run: Type.Boolean(),
    force: Type.Boolean(),
    started_at: Type.String({ format: 'date-time' }),
    finished_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    gates: Type.Array(Type.Object({ name: Type.String(), passed: Type.Boolean(), detail: Type.String(), advisory: Type.Optional(Type.Boolean({ description: 'It only warns.' })) })),
    warnings: Type.Array(Type.String()),
    diff: Type.String({ description: 'Unified diff of the generated files; empty where only markers change.' }),
    timings_ms: Type.Object({ gates: Type.Number(), apply: Type.Number(), prove: Type.Number(), total: Type.Number() }),
    problem: Type.Union([ref('Problem'), Type.Null()]),
  },
  { $id: 'Operation' },
)

export const AuditEntrySchema = Type.Object(
  {
    seq: Type.Integer(),
    at: Type.String({ format: 'date-time' }),
    prev: Type.String({ description: 'Hash of the entry before.' }),
    hash: Type.String({ description: 'SHA-256 over this entry.' }),
  },
  { $id: 'AuditEntry', description: 'One line of the journal; further members by kind of entry.', additionalProperties: true },
)
