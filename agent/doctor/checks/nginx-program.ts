import { inherited } from '../../nginx/syntax/levels.ts'
import { blockNamed } from '../../adopt/include-edit.ts'
import { fail, ok, warn, type Finding } from '../../../shared/doctor/finding.ts'
import type { Check } from '../host.ts'
import { atLeast } from '../../nginx/version.ts'

const CHECK = 'nginx version'

/** What the version of Nginx means for reloads; instant switches are the same under all of them. */
export const checkNginxProgram: Check = async ({ config, version, tree }) => {
  if (version === null) return [fail('nginx program', `${config.nginx.binary} does not tell its version`, 'install Nginx (apt-get install nginx), or set nginx.binary')]
  const findings: Finding[] = []
  if (!atLeast(version, '1.18.0')) findings.push(fail(CHECK, `Nginx ${version} is older than any this was tried with`, 'use 1.18 or later'))
  else if (atLeast(version, '1.32.0')) findings.push(warn(CHECK, `Nginx ${version} is newer than any this was tried with (1.31)`, 'try a switch on a test host first'))
  if (atLeast(version, '1.17.5') && !atLeast(version, '1.23.1'))
    findings.push(warn(CHECK, `Nginx ${version} may cut responses short when it reloads (pools changed, strategy reload); instant switches do not reload`, 'use 1.23.1 or later where reloads happen under load'))
  if (atLeast(version, '1.27.4') && tree !== null) {
    const http = blockNamed(tree, 'http')
    if (http !== undefined && inherited(tree, [http.directive], 'keepalive_min_timeout').level === null)
      findings.push(warn('keepalive_min_timeout', 'a reload resets busy keep-alive connections, which this version can avoid', `add "keepalive_min_timeout 1s;" to the http block of ${http.file}`))
  }
  return findings.length === 0 ? [ok(CHECK, `Nginx ${version}`)] : findings
}
