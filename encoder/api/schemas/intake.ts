import { Type } from 'typebox'

export const IntakeSchema = Type.Object(
  {
    paused: Type.Union([Type.String(), Type.Null()], { description: 'By whom and why it is paused by hand; null: it is not.' }),
    problem: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()], { description: 'What keeps sources from being taken: the ingest folder as a whole, or too little space in the work area (`no_space`).' }),
    waiting: Type.Integer({ description: 'Files that are not claimed yet.' }),
  },
  { $id: 'Intake' },
)

export const WaitingSchema = Type.Object(
  {
    name: Type.String({ description: 'Path below the ingest folder.' }),
    size: Type.Integer(),
    first_seen: Type.String({ format: 'date-time' }),
    reason: Type.String({ description: '`settling`, `open_for_writing`, `temporary_name`, `intake_paused`, `no_space`, `unknown_profile`, `not_regular`, `symlink`, …' }),
    detail: Type.String({ description: 'The reason in a sentence, with what will happen next.' }),
    until: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description: 'When it can be claimed at the earliest.' }),
  },
  { $id: 'WaitingFile' },
)
