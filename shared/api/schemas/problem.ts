import { Type } from 'typebox'

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: '`/errors#` and the code.' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable name of the error; docs/reference/errors.md lists them.' }),
    detail: Type.String({ description: 'What happened and why, and what to do.' }),
    operation: Type.Optional(Type.String({ description: 'Id of the operation that it is about.' })),
  },
  { $id: 'Problem', description: 'RFC 9457. Further members carry the facts of the case.', additionalProperties: true },
)

/** A reference to a schema that the document lists under its components. */
export const ref = (name: string) => Type.Unsafe({ $ref: `${name}#` })
