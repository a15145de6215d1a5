import type { Role } from '../../shared/auth/role.ts'

/** What a call needs. `view` reads; the others change. */
export type Permission = 'view' | 'rollback' | 'switch' | 'maintenance' | 'pin' | 'pools' | 'audit'

/** What each role may do. A table in docs/reference/credentials.md says the same. */
export const PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['view'],
  rollback: ['view', 'rollback'],
  operator: ['view', 'rollback', 'switch', 'maintenance', 'pin', 'pools'],
  admin: ['view', 'rollback', 'switch', 'maintenance', 'pin', 'pools', 'audit'],
}
