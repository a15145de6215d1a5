import type { LookedUp } from './completion-model.ts'

/** What the functions of a completion script begin with: `_greenroom_agent`. */
export function functionPrefix(program: string): string {
  return `_${program.replaceAll('-', '_')}`
}

export function isLookedUp(value: unknown): value is LookedUp {
  return typeof value === 'object' && value !== null && 'kind' in value
}
