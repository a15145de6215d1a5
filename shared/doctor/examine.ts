import { messageOf } from '../errors/problem.ts'
import { fail, type Finding } from './finding.ts'

/** Runs checks side by side; what a check itself cannot do is a finding too, under its function's name. */
export async function examineBy<H>(checks: readonly ((host: H) => Promise<readonly Finding[]>)[], host: H): Promise<Finding[]> {
  const results = await Promise.all(
    checks.map(async (check) => {
      try {
        return await check(host)
      } catch (error) {
        return [fail(check.name.replace(/^check/, ''), `this could not be looked at: ${messageOf(error)}`, 'run doctor as root; if it stays, report it')]
      }
    }),
  )
  return results.flat()
}
