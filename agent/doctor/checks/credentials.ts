import { stat } from 'node:fs/promises'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import { listTokens } from '../../../shared/auth/manage-tokens.ts'
import { messageOf } from '../../../shared/errors/problem.ts'
import { fail, ok, warn } from '../finding.ts'
import type { Check } from '../host.ts'

const CHECK = 'api.tokens_file'

export const checkCredentials: Check = async ({ config, now }) => {
  const file = config.api.tokens_file
  try {
    const { mode } = await stat(file)
    if ((mode & 0o077) !== 0) return [fail(CHECK, `${file} may be read by others (mode ${(mode & 0o777).toString(8)}), so the agent refuses it`, `chmod 600 ${file}`)]
    const valid = (await listTokens(file, now)).filter(({ state }) => state === 'valid')
    if (valid.length > 0) return [ok(CHECK, `${file}, ${valid.length} valid`)]
    return [warn(CHECK, `${file} has no valid token`, 'make one: greenroom-agent token create --name NAME --role operator')]
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [warn(CHECK, `${file} does not exist: only the unix socket can be used`, 'make a token: greenroom-agent token create --name NAME --role operator')]
    return [fail(CHECK, messageOf(error), `mend ${file}, or as root make it anew with greenroom-agent token create`)]
  }
}
