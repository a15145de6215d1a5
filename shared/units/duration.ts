export function parseDuration(_text: string): number { throw new Error('x') }
export function formatDuration(_ms: number): string { throw new Error('x') }
