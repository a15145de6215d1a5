import { Problem } from '../errors/problem.ts'
import { apiErrors } from '../errors/api-errors.ts'

const MOST = 500
const USUAL = 50

/** How many items a page has, from the query. Throws Problem `requestInvalid`. */
export function pageSize(limit: string | undefined): number {
  const size = limit === undefined ? USUAL : Number(limit)
  if (size >= 1 && size <= MOST) return size
  throw new Problem(apiErrors.requestInvalid, `query.limit: must be a whole number from 1 to ${MOST}`)
}
