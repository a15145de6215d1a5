import { Type } from 'typebox'

const Fault = Type.Object({
  asset: Type.String(),
  version: Type.Union([Type.String(), Type.Null()]),
  current: Type.Boolean({ description: 'Players of today need it; else it belongs to an older version, which is only there to be gone back to.' }),
  key: Type.String(),
  what: Type.Enum(['missing', 'size', 'hash', 'headers', 'reference'], { description: '`missing`; `size`, `hash`: something else lies there; `headers`: Content-Type or Cache-Control differ; `reference`: a playlist names what is not stored.' }),
  detail: Type.String(),
})

export const VerifyReportSchema = Type.Object({ assets: Type.Integer(), versions: Type.Integer(), objects: Type.Integer(), bytes: Type.Integer(), faults: Type.Array(Fault) }, { $id: 'VerifyReport' })

export const RepairReportSchema = Type.Object(
  {
    repaired: Type.Array(Fault, { description: 'Put right, and read back.' }),
    beyond_repair: Type.Array(Fault, { description: 'Still wrong: the files are not in the work area any more. Encode these assets again where it is `current`.' }),
  },
  { $id: 'RepairReport' },
)

export const HousekeepingSchema = Type.Object(
  {
    tasks: Type.Array(
      Type.Object({
        task: Type.String(), summary: Type.String({ description: 'What was done, or would be.' }), attention: Type.Boolean({ description: 'Somebody should look at it.' }), details: Type.Unknown(),
      }),
    ),
  },
  { $id: 'Housekeeping' },
)
