/** From the least to the most that a credential may do; what each role means stands with each daemon's routes. */
export const ROLES = ['viewer', 'rollback', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who a verified credential belongs to. */
export interface Identity {
  /** `token:ci`, `certificate:deploy.example` or `socket`: what the journal names. */
  readonly actor: string
  readonly role: Role
  /** The only services it may see and change; null: all. */
  readonly services: readonly string[] | null
}
