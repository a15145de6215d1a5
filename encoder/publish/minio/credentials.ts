import { stat } from 'node:fs/promises'
import { messageOf } from '../../../shared/errors/problem.ts'
import { ConfigError, loadConfig } from '../../../shared/config/load.ts'
import { Type, type StaticDecode } from '../../../shared/config/types.ts'
import { credentialsAdvice } from '../credentials-advice.ts'
import { JobError, jobErrors } from '../../job-errors.ts'

export const CredentialsSchema = Type.Object(
  {
    access_key: Type.String({ description: 'Access key of the store.', minLength: 1 }),
    secret_key: Type.String({ description: 'Secret key of the store.', minLength: 1 }),
    session_token: Type.Optional(Type.String({ description: 'Session token, for temporary keys.', minLength: 1 })),
  },
  { additionalProperties: false, title: 'store-credentials.toml' },
)

export type Credentials = StaticDecode<typeof CredentialsSchema>

/** Reads the credentials file. Throws a JobError `store_misconfigured` when it cannot be used, or others could read it. */
export async function readCredentials(path: string): Promise<Credentials> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o007) !== 0) throw new Error(`${path} may be read by everybody (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): chmod 0600 (or 0640) it`)
    return await loadConfig(CredentialsSchema, path, { secret: true })
  } catch (error) {
    const what = error instanceof ConfigError ? error.message : messageOf(error)
    throw new JobError(jobErrors.storeMisconfigured, `The credentials of the store cannot be used: ${what}`, credentialsAdvice(path), { path }, error)
  }
}
