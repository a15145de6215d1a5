import { Type } from 'typebox'

const nullableTime = (description?: string) => Type.Union([Type.String({ format: 'date-time' }), Type.Null()], description === undefined ? {} : { description })

const Version = Type.Object({
  version: Type.String(),
  job: Type.String(),
  state: Type.Enum(['encoding', 'ready', 'abandoned', 'deleting', 'deleted']),
  current: Type.Boolean(),
  source_name: Type.String(),
  source_size: Type.Integer(),
  source_sha256: Type.String(),
  profile: Type.String(),
  profile_hash: Type.String(),
  objects: Type.Integer(),
  bytes: Type.Integer(),
  created_at: Type.String({ format: 'date-time' }),
  ready_at: nullableTime(),
  grace_ends_at: nullableTime('When it may be deleted.'),
})

export const AssetSchema = Type.Object(
  {
    asset: Type.String(),
    current: Type.Union([Type.String(), Type.Null()], { description: 'The version that players get.' }),
    document: Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()], { description: '`asset.json` as it stands in the store: renditions, captions, poster, storyboard.' }),
    versions: Type.Array(Version, { description: 'The newest first.' }),
  },
  { $id: 'Asset' },
)

export const StoreSchema = Type.Object(
  {
    kind: Type.Enum(['directory', 'minio']),
    media_url: Type.Union([Type.String(), Type.Null()], { description: 'Where assets can be played from: `<media_url><asset>/master.m3u8`. `/media/` is this API itself; null where nobody has said.' }),
    problem: Type.Union(
      [
        Type.Object({
          code: Type.String(), fault: Type.Enum(['environment', 'destination']), message: Type.String(), advice: Type.String(),
          since: Type.String({ format: 'date-time' }), retry_at: nullableTime(),
        }),
        Type.Null(),
      ],
      { description: 'Why nothing is being stored right now.' },
    ),
    objects: Type.Integer({ description: 'Objects that are not stored yet.' }),
    bytes: Type.Integer({ description: 'Their bytes.' }),
    notices: Type.Integer({ description: 'Changes of pointers that `after_publish` has not taken yet.' }),
  },
  { $id: 'Store' },
)
