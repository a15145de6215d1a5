import type { ErrorLine } from '../error-line.ts'

/**
 * The line by which a master says that the reload has failed, if there is one: `[emerg]` for a configuration it
 * cannot take over, `[alert]` when it did but its new workers do not live.
 */
export function failureIn(lines: readonly ErrorLine[], masterPids: readonly number[]): ErrorLine | null {
  return lines.find((line) => masterPids.includes(line.pid) && isFailure(line)) ?? null
}

function isFailure({ level, message }: ErrorLine): boolean {
  if (level === 'emerg') return true
  return level === 'alert' && /cannot be respawned|failed while spawning|fork\(\) failed/.test(message)
}

/** Nginx tries a failed bind five times within 2.5 s before it gives the new configuration up, and may still succeed. */
export function isRetriedBind({ message }: ErrorLine): boolean {
  return /^bind\(\) to .* failed/.test(message)
}

export function isGivenUpBind({ message }: ErrorLine): boolean {
  return message.startsWith('still could not bind()')
}
