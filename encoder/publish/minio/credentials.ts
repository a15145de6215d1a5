import { stat } from 'node:fs/promises'
import { messageOf } from '../../../shared/errors/problem.ts'
import { matching } from '../../../shared/config/formats.ts'
import { ConfigError, loadConfig } from '../../../shared/config/load.ts'
import { Type, type StaticDecode } from '../../../shared/config/types.ts'
import { credentialsAdvice } from '../credentials-advice.ts'
import { JobError, jobErrors } from '../../job-errors.ts'

/** What cannot stand in a header, or came along with a copied line, would only be told as a key that is not known. */
const formats = { key: matching(/^[!-~](?:[ -~]*[!-~])?$/, 'a key of plain letters, digits and signs, without spaces or line breaks around it', 'greenroom') }

export const CredentialsSchema = Type.Object(
  {
    access_key: Type.String({ description: 'Access key of the store.', format: 'key' }),
    secret_key: Type.String({ description: 'Secret key of the store.', format: 'key' }),
    session_token: Type.Optional(Type.String({ description: 'Session token, for temporary keys.', format: 'key' })),
  },
  { additionalProperties: false, title: 'store-credentials.toml' },
)

export type Credentials = StaticDecode<typeof CredentialsSchema>

/** Reads the credentials file. Throws a JobError `store_misconfigured` when it cannot be used, or others could read it. */
export async function readCredentials(path: string): Promise<Credentials> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o007) !== 0) throw new Error(`${path} may be read by everybody (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): chmod 0600 (or 0640) it`)
    return await loadConfig(CredentialsSchema, path, { secret: true, formats })
  } catch (error) {
    const what = error instanceof ConfigError ? error.message : messageOf(error)
    throw new JobError(jobErrors.storeMisconfigured, `The credentials of the store cannot be used: ${what}`, credentialsAdvice(path), { path }, error)
  }
}
