import { Problem } from '../../shared/errors/problem.ts'
import type { Client } from '../../shared/cli/client.ts'
import { errors } from '../errors.ts'
import type { JobView } from '../jobs/contract.ts'

/** A whole id; what the tables show is its ending. */
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/i
const ENDING = /^[0-9A-HJKMNP-TV-Z]{4,25}$/i
const MOST = 500

/** What the tables show of an id: enough to tell the jobs of a table apart, and `findJob` takes it. */
export function shortId(id: string): string {
  return id.slice(-6)
}

/**
 * The id of the job that somebody means: by its id or the ending of it, by its asset, or by the name of its source.
 * Of several jobs of one asset or file it is the one that has not ended, else the newest.
 * @throws Problem `job_unknown`; `usage` where an ending fits several
 */
export async function findJob(client: Client, word: string): Promise<string> {
  if (ULID.test(word)) return word.toUpperCase()
  const list = async (query: Readonly<Record<string, string | number>>) => (await client.call<{ jobs: readonly JobView[] }>('GET', '/v1/jobs', { query: { ...query, limit: MOST } })).body.jobs
  const ofAsset = (await list({ asset: word }))[0]
  if (ofAsset !== undefined) return ofAsset.id
  const jobs = await list({})
  const byEnding = ENDING.test(word) ? jobs.filter(({ id }) => id.endsWith(word.toUpperCase())) : []
  if (byEnding.length > 1) throw new Problem(errors.usage, `${word} is the ending of several jobs: ${byEnding.map(({ id }) => id).join(', ')}. Give more of it.`)
  const found = byEnding[0] ?? jobs.find(({ source: { name } }) => name === word || name.endsWith(`/${word}`))
  if (found === undefined) throw new Problem(errors.jobUnknown, `No job has the id, the asset or the source ${word}. \`greenroom-encoder jobs --all\` lists them; \`greenroom-encoder waiting\` the files that are not taken yet.`)
  return found.id
}
