import { join } from 'node:path'
import { Problem } from '../../../shared/errors/problem.ts'
import { errors } from '../../errors.ts'
import type { Proof, TrafficChange } from '../traffic.ts'
import { askNonce } from '../verify-client.ts'
import type { ReloadDeps } from './deps.ts'
import { CHANGES } from './swap.ts'

const PROBES = 8

/** What is wanted is on disk and loaded: there is nothing to do but to prove it. */
export function unchangedFiles(deps: ReloadDeps, nonce: string): TrafficChange {
  const { include_dir: includeDir, verify_listen: address } = deps.config.nginx
  const prove = async (): Promise<Proof> => {
    const answers = await Promise.all(Array.from({ length: PROBES }, () => askNonce(address)))
    if (answers.every((answer) => answer === nonce)) return { evidence: `${PROBES} fresh connections were answered with the generated files as they are on disk` }
    throw new Problem(errors.notApplied, 'Nginx no longer serves the generated files that are on disk. Try again: they will be loaded.')
  }
  return {
    changes: false,
    diff: '',
    warnings: [],
    record: { mechanism: 'files', copies: join(includeDir, CHANGES, nonce), nonce_before: nonce, nonce_after: nonce },
    apply: async () => {},
    prove,
    restore: prove,
    settle: async () => [],
  }
}
