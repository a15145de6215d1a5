/** A run of the Nginx program. */
export interface NginxRun {
  readonly ok: boolean
  readonly stdout: string
  /** What it said about the configuration: its `[emerg]` line where there is one, else all of its messages. */
  readonly complaint: string
}

export function complaintIn(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^nginx: /, '').trim()).filter(Boolean)
  return lines.find((line) => line.includes('[emerg]')) ?? lines.join('; ')
}
