import { createHash } from 'node:crypto'
import type { Profile } from './profile.ts'
import { RECIPE } from './recipe.ts'

/** SHA-256 (hex) of all that decides what is made of a source: settings and recipe, without the profile's name. */
export function profileHash(profile: Profile): string {
  return createHash('sha256').update(canonical({ ...profile, name: null, recipe: RECIPE })).digest('hex')
}

/** JSON with its keys in order, so that the order in which a profile was put together does not tell. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
}
