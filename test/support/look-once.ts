import { testIntake } from './intake.ts'

/** Reasons of all files that are not taken, once there is one for each of these names and so many others have been taken, and what was logged; for a process of another user. */
export async function lookOnce(directory: string, names: readonly string[], claims = 0): Promise<{ reasons: Record<string, string>; details: string[]; log: string[] }> {
  await using host = await testIntake(directory, { settle: 20, rescan: 50 })
  const settled = () => names.every((name) => host.intake.waiting().some((file) => file.name === name && !['settling', 'next', 'claiming'].includes(file.reason)))
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = () => settled() && resolve()
  host.intake.subscribe(look)
  look()
  await promise
  await host.ledger.until(claims)
  const waiting = host.intake.waiting().filter(({ reason }) => reason !== 'claiming')
  return { reasons: Object.fromEntries(waiting.map(({ name, reason }) => [name, reason])), details: waiting.map(({ detail }) => detail), log: host.log }
}
