import { stat } from 'node:fs/promises'
import { listTokens } from '../auth/manage-tokens.ts'
import type { Again } from '../cli/cli.ts'
import type { Daemon } from '../daemon.ts'
import { messageOf, systemCodeOf } from '../errors/problem.ts'
import { fail, ok, warn, type Finding } from './finding.ts'

const CHECK = 'api.tokens_file'

/** The tokens file can be used, by the daemon alone, and has a token in it. */
export async function credentialsFinding(file: string, now: Date, { noun }: Daemon, again: Again): Promise<Finding> {
  try {
    const { mode } = await stat(file)
    if ((mode & 0o077) !== 0) return fail(CHECK, `${file} may be read by others (mode ${(mode & 0o777).toString(8)}), so the ${noun} refuses it`, `chmod 600 ${file}`)
    const valid = (await listTokens(file, now)).filter(({ state }) => state === 'valid')
    if (valid.length > 0) return ok(CHECK, `${file}, ${valid.length} valid`)
    return warn(CHECK, `${file} has no valid token`, `make one: ${again('token create --name NAME --role operator')}`)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return warn(CHECK, `${file} does not exist: only the unix socket can be used`, `make a token: ${again('token create --name NAME --role operator')}`)
    return fail(CHECK, messageOf(error), `mend ${file}, or as root make it anew with ${again('token create')}`)
  }
}
