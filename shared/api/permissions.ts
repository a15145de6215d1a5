import { ROLES, type Role } from '../auth/role.ts'

/** What each role may do, in the words that the routes of a daemon use. */
export type Permissions = Readonly<Record<Role, readonly string[]>>

/** The roles that may do it, from the least. */
export function rolesThatMay(permissions: Permissions, permission: string): Role[] {
  return ROLES.filter((role) => permissions[role].includes(permission))
}
