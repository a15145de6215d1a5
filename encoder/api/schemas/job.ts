import { Type, type TSchema } from 'typebox'
import { JOB_STATES } from '../../jobs/contract.ts'

const nullable = <S extends TSchema>(schema: S, options: { description?: string } = {}) => Type.Union([schema, Type.Null()], options)
const time = (description?: string) => Type.String({ format: 'date-time', ...(description === undefined ? {} : { description }) })
const FaultSchema = Type.Enum(['source', 'tool', 'environment', 'destination', 'ours'], { description: 'Whose fault it is: of the file, of ffmpeg, of this host, of the store, or of this program.' })
const share = (description: string) => Type.Number({ description, minimum: 0, maximum: 1 })

const members = {
  id: Type.String({ description: 'Sorts by time.' }),
  asset: Type.String({ description: 'Name of the asset that is made.' }),
  profile: Type.String(),
  version: Type.String({ description: 'The version of the asset that this job makes.' }),
  source: Type.Object({ name: Type.String({ description: 'Path below the ingest folder.' }), size: Type.Integer(), sha256: nullable(Type.String()) }),
  state: Type.Enum(JOB_STATES),
  paused: Type.Boolean(),
  blocked: nullable(
    Type.Object({ fault: FaultSchema, code: Type.String(), message: Type.String(), advice: Type.String(), since: time(), retry_at: nullable(time()) }),
    { description: 'What it waits for beside its turn: the tool, this host or the store.' },
  ),
  priority: Type.Integer({ description: 'Higher goes first.' }),
  attempt: Type.Integer(),
  progress: share('Over all of the work.'),
  speed: nullable(Type.Number(), { description: 'Media seconds per second while encoding.' }),
  eta_s: nullable(Type.Number(), { description: 'Seconds until it is encoded, by the present speed.' }),
  duration_s: nullable(Type.Number()),
  renditions: Type.Array(Type.Object({ id: Type.String(), kind: Type.Enum(['video', 'audio', 'captions']), progress: Type.Number(), detail: Type.String() })),
  chunks: Type.Object({ planned: Type.Integer(), done: Type.Integer(), encoded: Type.Integer({ description: 'Over all attempts: a chunk encoded twice counts twice.' }) }),
  publishing: Type.Object({ objects: Type.Integer(), stored: Type.Integer(), bytes: Type.Integer(), stored_bytes: Type.Integer() }),
  playable_at: nullable(time(), { description: 'When the asset could be played for the first time.' }),
  notes: Type.Array(Type.String(), { description: 'What is changed or left out, in sentences.' }),
  error: nullable(
    Type.Object({ fault: FaultSchema, code: Type.String(), message: Type.String(), advice: Type.String(), at_s: nullable(Type.Number(), { description: 'Second of the source at which it was found.' }) }),
    { description: 'Why it failed; docs/reference/encoder-errors.md lists the codes.' },
  ),
  created_at: time(),
  started_at: nullable(time()),
  ended_at: nullable(time()),
}

export const JobSchema = Type.Object(members, { $id: 'Job' })

export const JobDetailSchema = Type.Object(
  {
    ...members,
    attempts: Type.Array(Type.Object({ number: Type.Integer(), started_at: time(), ended_at: nullable(time()), outcome: nullable(Type.String()), stderr_tail: Type.String({ description: 'The last lines of the tool.' }) })),
    history: Type.Array(Type.Object({ at: time(), state: Type.Enum(JOB_STATES), detail: Type.String() })),
  },
  { $id: 'JobDetail', description: 'A job with its attempts and its history.' },
)
