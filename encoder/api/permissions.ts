import type { Role } from '../../shared/auth/role.ts'

/** What a call needs. `view` reads, the media too; the others change. */
export type Permission = 'view' | 'rollback' | 'jobs' | 'intake' | 'store'

/** What each role may do. docs/reference/encoder-api.md names the roles of each call. */
export const PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['view'],
  rollback: ['view', 'rollback'],
  operator: ['view', 'rollback', 'jobs', 'intake', 'store'],
  admin: ['view', 'rollback', 'jobs', 'intake', 'store'],
}
